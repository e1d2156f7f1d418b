"""What a cluster would refuse of an Indexed Job, or silently do otherwise, and no schema says. Needs PyYAML.

    k8s-semantics.py FILE
"""

import sys

import yaml


def faults(job):
    spec = job["spec"]
    pod = spec["template"]["spec"]
    count = spec.get("completions")
    if spec.get("completionMode") != "Indexed":
        yield "completionMode is not Indexed, so that no JOB_COMPLETION_INDEX is set"
    if not isinstance(count, int) or spec.get("parallelism", 1) > min(count, 100_000):
        yield "parallelism is above completions, or above 100,000"
    if "backoffLimitPerIndex" in spec and pod.get("restartPolicy") != "Never":
        yield "backoffLimitPerIndex needs restartPolicy: Never"
    if "podFailurePolicy" in spec and pod.get("restartPolicy") != "Never":
        yield "podFailurePolicy needs restartPolicy: Never"
    if "maxFailedIndexes" in spec and "backoffLimitPerIndex" not in spec:
        yield "maxFailedIndexes needs backoffLimitPerIndex"
    if isinstance(count, int) and spec.get("maxFailedIndexes", 0) > count:
        yield "maxFailedIndexes is above completions"
    queue = job["metadata"].get("labels", {}).get("kueue.x-k8s.io/queue-name")
    if queue and spec.get("suspend") is not True:
        yield "a job of a Kueue queue starts before it is admitted, unless suspend is true"
    containers = {container["name"] for container in pod["containers"]}
    volumes = {volume["name"] for volume in pod.get("volumes", [])}
    for rule in spec.get("podFailurePolicy", {}).get("rules", []):
        codes = rule.get("onExitCodes", {})
        if codes and codes.get("containerName") not in containers:
            yield f"podFailurePolicy names no container {codes.get('containerName')}"
        if codes.get("operator") == "In" and 0 in codes["values"]:
            yield "exit code 0 cannot be a failure"
        if codes.get("operator") == "In" and 75 in codes["values"] and rule["action"] in ("FailJob", "FailIndex"):
            yield "exit code 75 asks for another try"
        if rule["action"] == "FailIndex" and "backoffLimitPerIndex" not in spec:
            yield "FailIndex needs backoffLimitPerIndex"
    for container in pod["containers"]:
        for mount in container.get("volumeMounts", []):
            if mount["name"] not in volumes:
                yield f"the mount {mount['name']} has no volume"
        if "memory" not in container.get("resources", {}).get("limits", {}):
            yield "there is no limit of memory"
        if "@sha256:" not in container["image"]:
            yield "the image is not pinned"
        words = container.get("args", [])
        if "--shard=auto" not in words:
            yield "the shard is not taken from the index"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        jobs = [one for one in yaml.safe_load_all(file) if one and one.get("kind") == "Job"]
    found = [fault for job in jobs for fault in faults(job)]
    if not jobs:
        found.append("there is no Job")
    print("\n".join(found) or "sound")
    sys.exit(bool(found))


main()
