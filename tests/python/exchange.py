"""A partner's system in Python: deliver, agree, fetch, be refused, read the ledger, be revoked.

Makes its stubs from the contract, as any partner would, and signs with the command line tool.
"""

import argparse
import hashlib
import json
import pathlib
import subprocess
import sys

import grpc
import grpc_tools
from google.rpc import error_details_pb2, status_pb2
from grpc_tools import protoc

DATASET = "datasets/weller-huurachterstand-fictief"
PURPOSE = "purposes/vroegsignalering-schulden"


def make_stubs(contract: pathlib.Path, target: pathlib.Path) -> None:
    target.mkdir(parents=True)
    files = sorted(str(path) for path in contract.glob("alliantie/**/*.proto"))
    # google.api and google.rpc come with the Python package googleapis-common-protos,
    # google.protobuf with grpcio-tools.
    known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    arguments = ["protoc", f"-I{contract}", f"-I{known}", f"--python_out={target}", f"--grpc_python_out={target}"]
    if protoc.main(arguments + files) != 0:
        sys.exit("the stubs cannot be made")
    sys.path.insert(0, str(target))


def expect(condition: bool, what: object) -> None:
    if not condition:
        sys.exit(f"niet wat verwacht werd: {what}")


def error_info(error: grpc.RpcError) -> tuple[str, str]:
    """Reason and Dutch sentence of a refusal."""
    trailers = dict(error.trailing_metadata())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    info, text = error_details_pb2.ErrorInfo(), error_details_pb2.LocalizedMessage()
    for detail in status.details:
        for message in (info, text):
            if detail.Is(message.DESCRIPTOR):
                detail.Unpack(message)
    return info.reason, text.message


class Partner:
    def __init__(self, arguments: argparse.Namespace, name: str) -> None:
        self.arguments, self.name = arguments, name
        token = self.tool("token", name)
        self.metadata = [("authorization", f"Bearer {token}")]

    def tool(self, *arguments: str) -> str:
        command = [self.arguments.program, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def agreement(self, verb: str, name: str) -> str:
        platform = f"http://{self.arguments.platform}"
        return self.tool("agreement", verb, name, "--as", self.name, "--platform", platform)


def main() -> None:
    parser = argparse.ArgumentParser()
    for option in ("proto", "stubs", "platform", "program", "delivery"):
        parser.add_argument(f"--{option}", required=True)
    arguments = parser.parse_args()
    make_stubs(pathlib.Path(arguments.proto), pathlib.Path(arguments.stubs))

    from google.api import httpbody_pb2
    from alliantie.consent.v1 import agreement_pb2, agreement_pb2_grpc, ledger_pb2, ledger_pb2_grpc
    from alliantie.indicators.v1 import (
        observation_pb2, observation_pb2_grpc, release_pb2, release_pb2_grpc,
    )

    channel = grpc.insecure_channel(arguments.platform)
    weller, ggd, wonen_zuid = (Partner(arguments, name) for name in ("weller", "ggd", "wonen-zuid"))
    releases = release_pb2_grpc.ReleaseServiceStub(channel)
    agreements = agreement_pb2_grpc.AgreementServiceStub(channel)
    observations = observation_pb2_grpc.ObservationServiceStub(channel)
    ledger = ledger_pb2_grpc.LedgerServiceStub(channel)

    # 1. Weller delivers and publishes.
    data = pathlib.Path(arguments.delivery).read_bytes()

    def parts():
        for start in range(0, len(data), 16_384):
            body = httpbody_pb2.HttpBody(content_type="text/csv", data=data[start:start + 16_384])
            yield release_pb2.UploadReleaseRequest(parent=DATASET if start == 0 else "", file=body)

    uploaded = releases.UploadRelease(parts(), metadata=weller.metadata)
    expect(uploaded.report.error_count == 0 and uploaded.report.cell_count == 1224, uploaded.report)
    publish = release_pb2.PublishReleaseRequest(name=uploaded.release.name)
    release = releases.PublishRelease(publish, metadata=weller.metadata)
    expect(release.state == release_pb2.RELEASE_STATE_PUBLISHED, release)

    # 2. Weller drafts an agreement for GGD, and both sign.
    content = agreement_pb2.AgreementContent(
        recipients=[agreement_pb2.Party(oin="00000099000000004000")],
        purpose=PURPOSE,
        legal_basis=agreement_pb2.LEGAL_BASIS_PUBLIC_TASK,
        scope=agreement_pb2.Scope(
            dataset=DATASET, indicators=["indicators/huurachterstand"], area_level="NEIGHBOURHOOD",
            periods=["2025Q4"], dimensions=["leeftijdsgroep"],
        ),
        protection=agreement_pb2.Protection(minimum_count=10),
        deliveries=[agreement_pb2.DELIVERY_PULL, agreement_pb2.DELIVERY_STREAM],
        valid_from="2026-01-01", valid_until="2099-12-31", retention_months=12,
        onward_sharing=agreement_pb2.ONWARD_SHARING_NONE, contact="gegevensteam van Weller (fictief)",
    )
    draft = agreements.CreateAgreement(
        agreement_pb2.CreateAgreementRequest(content=content), metadata=weller.metadata)
    name = draft.name
    agreements.ProposeAgreement(
        agreement_pb2.ProposeAgreementRequest(name=name), metadata=weller.metadata)
    for partner in (weller, ggd):
        partner.agreement("sign", name)
    try:
        wonen_zuid.agreement("sign", name)
        expect(False, "een derde kon tekenen")
    except subprocess.CalledProcessError:
        pass
    active = agreements.GetAgreement(
        agreement_pb2.GetAgreementRequest(name=name), metadata=ggd.metadata)
    expect(active.state == agreement_pb2.AGREEMENT_STATE_ACTIVE, active.state)

    # 3. GGD gets the agreed part; what goes beyond it is refused.
    def query(partner: Partner, **changes):
        fields = {"parent": DATASET, "agreement": name, "purpose": PURPOSE, "page_size": 1000}
        request = observation_pb2.ListObservationsRequest(**(fields | changes))
        return observations.ListObservations(request, metadata=partner.metadata)

    answer = query(ggd)
    expect(len(answer.observations) == 45 * 6, len(answer.observations))
    expect(answer.fictitious and "fictief" in answer.notice.lower(), answer.notice)
    withheld = [row for row in answer.observations if row.status == observation_pb2.OBSERVATION_STATUS_WITHHELD]
    shown = [int(row.value) for row in answer.observations if row not in withheld]
    expect(withheld and not any(row.value for row in withheld), "withheld")
    expect(all(value >= 10 or value == 0 for value in shown), min(shown))
    for partner, changes, expected in (
        (ggd, {"periods": ["2025Q3"]}, "PERIOD_BEYOND_SCOPE"),
        (ggd, {"purpose": "purposes/wijkplannen"}, "OTHER_PURPOSE"),
        (wonen_zuid, {}, "NOT_A_RECIPIENT"),
    ):
        try:
            query(partner, **changes)
            expect(False, f"{expected} werd toegestaan")
        except grpc.RpcError as error:
            expect(error.code() == grpc.StatusCode.PERMISSION_DENIED, error)
            reason, dutch = error_info(error)
            expect(reason == expected and dutch != "", (reason, dutch))

    # 4. Each reads its own part of the ledger.
    def entries(partner: Partner):
        request = ledger_pb2.ListLedgerEntriesRequest(agreement=name, page_size=1000)
        return ledger.ListLedgerEntries(request, metadata=partner.metadata).ledger_entries

    kinds = {entry.kind for entry in entries(weller)}
    expect({ledger_pb2.LEDGER_ENTRY_KIND_PERMITTED, ledger_pb2.LEDGER_ENTRY_KIND_REFUSED,
            ledger_pb2.LEDGER_ENTRY_KIND_DELIVERED,
            ledger_pb2.LEDGER_ENTRY_KIND_AGREEMENT_CHANGED} <= kinds, kinds)
    expect(len(entries(ggd)) > 0, "GGD ziet niets")
    for entry in entries(ggd):
        header = hashlib.sha256(bytes.fromhex(entry.header_salt) + entry.header_json.encode()).digest()
        body = hashlib.sha256(bytes.fromhex(entry.body_salt) + entry.body_json.encode()).digest()
        leaf = hashlib.sha256(b"\0" + header + body).hexdigest()
        expect(leaf == entry.leaf_hash, f"{entry.name} klopt niet")
        expect(json.loads(entry.header_json)["index"] == entry.index, entry.name)
    expect(all(entry.kind == ledger_pb2.LEDGER_ENTRY_KIND_REFUSED for entry in entries(wonen_zuid)),
           "Wonen Zuid ziet te veel")

    # 5. Weller revokes: the open stream of GGD ends, the next query is refused.
    watch = observations.WatchObservations(
        observation_pb2.WatchObservationsRequest(parent=DATASET, agreement=name, purpose=PURPOSE),
        metadata=ggd.metadata, timeout=60)
    for part in watch:
        if part.release_complete:
            break
    weller.agreement("revoke", name)
    for stopped in (lambda: next(watch), lambda: query(ggd)):
        try:
            stopped()
            expect(False, "het ging door na intrekking")
        except grpc.RpcError as error:
            expect(error.code() == grpc.StatusCode.PERMISSION_DENIED, error)
            expect(error_info(error)[0] == "AGREEMENT_REVOKED", error_info(error))

    print("de uitwisseling klopt")


if __name__ == "__main__":
    main()
