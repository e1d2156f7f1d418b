"""Judges an SBOM in CycloneDX 1.6 with CycloneDX's own library: its schema, its graph, its purls."""

import json
import sys

from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

text = open(sys.argv[1], encoding="utf-8").read()
error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
if error:
    sys.exit(str(error))
bom = Bom.from_json(json.loads(text))
if not bom.validate() or len(bom.components) < 3:
    sys.exit("its graph does not hold together")
for component in bom.components:
    if component.purl is not None and component.purl.name != component.name:
        sys.exit(f"{component.purl} is not {component.name}")
