//! Problem details (RFC 9457) in the OpenAPI document.

use serde_json::{Value, json};

/// The schema of an error.
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "Wat er mis ging (RFC 9457).",
        "required": ["type", "title", "status", "detail", "code", "reason", "metadata", "errors"],
        "properties": {
            "type": { "type": "string", "format": "uri", "description": "Soort fout, afgeleid van `reason`." },
            "title": { "type": "string", "description": "Soort fout, in woorden." },
            "status": { "type": "integer", "format": "int32", "description": "De HTTP-status." },
            "detail": {
                "type": "string",
                "description": "Wat er mis is en wat te doen: Nederlands, of Engels als Accept-Language dat vraagt.",
            },
            "code": { "type": "string", "description": "Naam van de code in google.rpc.Code." },
            "reason": { "type": "string", "description": "Reden, voor machines." },
            "metadata": {
                "type": "object",
                "description": "De feiten in `detail`, voor machines.",
                "additionalProperties": { "type": "string" },
            },
            "errors": {
                "type": "array",
                "description": "Elk veld dat niet klopt, of elke reden waarom iets geweigerd is.",
                "items": {
                    "type": "object",
                    "required": ["field", "detail"],
                    "properties": {
                        "field": {
                            "type": "string",
                            "description": "Pad van het veld, of regel en kolom; leeg bij een reden die niet over een veld gaat.",
                        },
                        "code": { "type": "string", "description": "De reden, bij een weigering." },
                        "detail": { "type": "string", "description": "Wat er niet klopt." },
                        "beyond": {
                            "type": "array",
                            "description": "Wat van dit veld buiten de afspraak valt, bij een weigering.",
                            "items": { "type": "string" },
                        },
                        "beyondMore": {
                            "type": "integer",
                            "description": "Hoeveel er meer buiten de afspraak vallen dan er in beyond staan.",
                        },
                    },
                },
            },
        },
    })
}

/// An answer that is an error.
pub(super) fn response() -> Value {
    json!({
        "description": "Een fout.",
        "headers": { "API-Version": { "$ref": "#/components/headers/API-Version" } },
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    })
}
