//! Messages of the contract in its JSON, as REST has them.

use anyhow::{Context, Result};
use prost_reflect::prost::Message;
use prost_reflect::{DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor};
use serde_json::Value;

/// A message as JSON; what has its default is left out. `name` is that of the message in the contract.
pub(crate) fn to_json(name: &str, message: &impl Message) -> Result<Value> {
    let mut dynamic = DynamicMessage::new(descriptor(name)?);
    dynamic.transcode_from(message)?;
    Ok(serde_json::to_value(dynamic)?)
}

/// Reads a message; a field that a newer platform added is passed over.
///
/// # Errors
/// When it is not that message.
pub(crate) fn from_json<M: Message + Default>(name: &str, value: Value) -> Result<M> {
    read(name, value, &DeserializeOptions::new().deny_unknown_fields(false))
}

/// Reads a message that has no other fields than this program knows.
///
/// # Errors
/// When it is not that message, or has other fields too.
pub(crate) fn known_from_json<M: Message + Default>(name: &str, value: Value) -> Result<M> {
    read(name, value, &DeserializeOptions::new())
}

fn read<M: Message + Default>(name: &str, value: Value, options: &DeserializeOptions) -> Result<M> {
    let read = DynamicMessage::deserialize_with_options(descriptor(name)?, value, options)?;
    Ok(read.transcode_to()?)
}

fn descriptor(name: &str) -> Result<MessageDescriptor> {
    let contract = DescriptorPool::decode(proto::DESCRIPTORS)?;
    contract.get_message_by_name(name).with_context(|| format!("het contract heeft geen {name}"))
}
