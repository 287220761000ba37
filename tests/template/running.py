"""Rules about what runs: variables, table, schedules, logs, alarms, the dashboard."""

import json
import re

import rust
from template import branches, functions, of_type, read, references, written

NAMESPACE = "Linkkeeper"
# Defaults with which nothing real is touched.
SAFE = {"BelvoApiUrl": "https://sandbox.belvo.com", "ProviderDeletion": "off", "DeleteSupersededAfterDays": "", "Tracing": "off"}
# What a value that is one says in its name.
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|AUTHORIZATION|CREDENTIAL|REFERENCE_KEY|API_KEY|PRIVATE")


def environment(source: dict, function: str) -> dict:
    everywhere = source["Globals"]["Function"].get("Environment", {}).get("Variables", {})
    return everywhere | source["Resources"][function]["Properties"].get("Environment", {}).get("Variables", {})


def no_secret_in_a_variable(source: dict, expanded: dict):
    hidden = {name for name, of in source["Parameters"].items() if str(of.get("NoEcho", "")).lower() == "true"}
    for name in sorted(hidden):
        yield f"parameter {name}: a secret is given by ARN"
    for function in functions(source).values():
        for name, value in environment(source, function).items():
            if "{{resolve" in written(value) or references(value) & hidden:
                yield f"{function}: {name} holds a secret"
            if SECRET.search(name) and not name.endswith("_ARN"):
                yield f"{function}: {name} holds a secret, by its name"
    if "{{resolve" in written(expanded):
        yield "a secret is resolved into the stack"


def variables_are_those_that_the_code_reads(source: dict, expanded: dict):
    variables, documented = rust.variables(), rust.documented()
    for crate, function in functions(source).items():
        given = {name for name in environment(source, function) if not name.startswith("AWS_")}
        looked_at = variables.of_function(crate)
        for name in sorted(given - looked_at):
            yield f"{function}: {name} is set, and never read"
        for name in sorted(given - documented[crate]):
            yield f"{function}: {name} is set, and README does not say so"
        for name in sorted(documented[crate] - given - rust.LOCAL):
            yield f"{function}: {name} is not set"
        for name in sorted(documented[crate] - looked_at):
            yield f"{function}: README has {name}, which the code never reads"


def the_table_is_kept(source: dict, expanded: dict):
    table = expanded["Resources"]["Table"]
    properties = table["Properties"]
    wanted = {
        "deletion protection": properties.get("DeletionProtectionEnabled") is True,
        "DeletionPolicy": table.get("DeletionPolicy") == table.get("UpdateReplacePolicy") == "Retain",
        "point in time recovery": properties.get("PointInTimeRecoverySpecification") == {"PointInTimeRecoveryEnabled": True},
        "time to live": properties.get("TimeToLiveSpecification") == {"AttributeName": "purge_at", "Enabled": True},
        "stream": properties.get("StreamSpecification") == {"StreamViewType": "NEW_IMAGE"},
        "encryption": properties.get("SSESpecification", {}).get("SSEEnabled") is True,
        "indexes": [index["IndexName"] for index in properties["GlobalSecondaryIndexes"]] == ["by-time", "by-group"],
    }
    for what, there in wanted.items():
        if not there:
            yield f"Table: {what} is not as it should be"


def nothing_is_dropped_in_silence(source: dict, expanded: dict):
    schedules = of_type(expanded, "AWS::Scheduler::Schedule")
    if len(schedules) < 3:
        yield "the search finds the schedules"
    for name, schedule in schedules.items():
        target = schedule["Target"]
        if not {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"} <= set(target.get("RetryPolicy", {})):
            yield f"{name}: no retry policy"
        queue = references(target.get("DeadLetterConfig", {}).get("Arn"))
        if not queue & set(of_type(expanded, "AWS::SQS::Queue")):
            yield f"{name}: no dead-letter queue"
        role = references(target["RoleArn"]).pop()
        if not queue or not any(f'"{name}"' in written(expanded["Resources"][role]) for name in queue):
            yield f"{name}: its role may not write to its dead-letter queue"
    for name, mapping in of_type(expanded, "AWS::Lambda::EventSourceMapping").items():
        if not references(mapping.get("DestinationConfig", {}).get("OnFailure")):
            yield f"{name}: what it gives up goes nowhere"
    watched = {written(alarm.get("Dimensions")) for alarm in of_type(expanded, "AWS::CloudWatch::Alarm").values()}
    for queue in of_type(expanded, "AWS::SQS::Queue"):
        if not any(f'"{queue}"' in dimensions for dimensions in watched):
            yield f"{queue}: a queue that nobody watches"


def functions_are_bounded_and_heard(source: dict, expanded: dict):
    groups = of_type(expanded, "AWS::Logs::LogGroup")
    for name, group in groups.items():
        if not group.get("RetentionInDays"):
            yield f"{name}: logs are kept for ever"
    for crate, function in functions(source).items():
        properties = expanded["Resources"][function]["Properties"]
        if properties.get("LoggingConfig", {}).get("LogGroup") != {"Ref": f"{function}Log"} or f"{function}Log" not in groups:
            yield f"{function}: no log group of its own"
        # The stream wakes as many of publish-events as it has shards; fewer would only be late.
        if "ReservedConcurrentExecutions" not in properties and crate != "publish-events":
            yield f"{function}: no reserved concurrency"
        if properties.get("Architectures") != ["arm64"] or properties.get("Runtime") != "provided.al2023":
            yield f"{function}: another runtime than the binaries are built for"


def parameters_are_narrow_and_safe(source: dict, expanded: dict):
    for name, parameter in source["Parameters"].items():
        if not {"AllowedPattern", "AllowedValues", "MinValue"} & set(parameter):
            yield f"parameter {name}: takes anything"
        if not parameter.get("Description"):
            yield f"parameter {name}: says nothing"
    for name, value in SAFE.items():
        if source["Parameters"][name].get("Default") != value:
            yield f"parameter {name}: its default is not safe"


def alarms_have_runbooks(source: dict, expanded: dict, runbooks: str | None = None):
    runbooks = read("docs/runbooks.md") if runbooks is None else runbooks
    entries = re.split(r"^## ", runbooks, flags=re.M)[1:]
    entries = {entry.split("\n", 1)[0].strip(): entry for entry in entries}
    alarms = of_type(expanded, "AWS::CloudWatch::Alarm")
    for name in sorted(set(alarms) - set(entries)):
        yield f"{name}: an alarm without its entry in docs/runbooks.md"
    for name in sorted(set(entries) - set(alarms)):
        yield f"docs/runbooks.md: {name} is no alarm"
    for name, entry in entries.items():
        for part in ("**It means**", "**Look at**", "**Do**"):
            if part not in entry:
                yield f"docs/runbooks.md: {name} lacks {part}"
    for name, alarm in alarms.items():
        if not references(alarm.get("AlarmActions")) & set(of_type(expanded, "AWS::SNS::Topic")):
            yield f"{name}: an alarm that tells nobody"
        if not alarm.get("TreatMissingData") or not alarm.get("AlarmDescription"):
            yield f"{name}: says nothing, or not what silence means"


def watched(expanded: dict):
    """Where, name and dimensions of each metric of ours that the template names."""
    for name, alarm in of_type(expanded, "AWS::CloudWatch::Alarm").items():
        parts = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one]
        for metric in parts or [alarm]:
            if metric["Namespace"] == NAMESPACE:
                yield name, metric["MetricName"], {one["Name"]: one["Value"] for one in metric.get("Dimensions", [])}
    for name, dashboard in of_type(expanded, "AWS::CloudWatch::Dashboard").items():
        for widget in json.loads(dashboard["DashboardBody"]["Fn::Sub"])["widgets"]:
            for metric in widget["properties"]["metrics"]:
                words = [word for word in metric if isinstance(word, str)]
                if words and words[0] == NAMESPACE:
                    pairs = zip(words[2::2], words[3::2])
                    yield name, words[1], {key: {"Fn::Sub": value} if "$" in value else value for key, value in pairs}


def metrics_are_told(source: dict, expanded: dict):
    told, outcomes = rust.metrics(), rust.outcomes()
    crates = {function: crate for crate, function in functions(source).items()}
    named = list(watched(expanded))
    if len(named) < 10:
        yield "the search finds the metrics that are watched"
    for where, metric, dimensions in named:
        function = crates.get(next(iter(references(dimensions.get("Function"))), None))
        beside = {key: value for key, value in dimensions.items() if key != "Function"}
        fits = not beside or (metric == rust.CALLS and set(beside) == {"Outcome"} and beside["Outcome"] in outcomes)
        if function is None or not fits:
            yield f"{where}: {metric} is not told by {dimensions}"
        elif metric not in told.get(function, ()):
            yield f"{where}: {function} tells no {metric}"


RULES = (
    no_secret_in_a_variable,
    variables_are_those_that_the_code_reads,
    the_table_is_kept,
    nothing_is_dropped_in_silence,
    functions_are_bounded_and_heard,
    parameters_are_narrow_and_safe,
    alarms_have_runbooks,
    metrics_are_told,
)
