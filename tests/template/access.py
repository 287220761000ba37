"""Rules about who may do what: roles, grants, trust, routes."""

import json
import re

from template import as_list, branches, functions, of_type, read, references, written

# X-Ray has no resources to name. The policy is not there unless tracing is on.
STARS = {("WriteTraces", "xray:PutTraceSegments"), ("WriteTraces", "xray:PutTelemetryRecords")}
# For anybody: the description, and webhooks, whose header the function compares.
OPEN = {"GET /openapi.json", "POST /webhooks/belvo"}
# What Lambda does in a function's name, or the services behind its back: no request of its own.
LAMBDAS_OWN = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "kms:Decrypt",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "secretsmanager:GetSecretValue",  # has a rule of its own
}
# Beside the table: the bus that the function tells, the stream that Lambda reads for it, the queue of what is given up.
ELSEWHERE = {
    "publish-events": {
        "events:PutEvents",
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
        "sqs:SendMessage",
    }
}
# What takes items away. BatchWriteItem deletes without leave to DeleteItem.
TAKES_AWAY = {"dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "dynamodb:PartiQLDelete"}
KNOW_NOTHING_OF_BELVO = ("register-user", "belvo-webhook", "publish-events")


def policies(expanded: dict):
    """Every policy document: whose it is, which resource has it, the document."""
    for name, role in of_type(expanded, "AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            yield [name], name, policy["PolicyDocument"]
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for name, policy in of_type(expanded, kind).items():
            roles = sorted(set().union(*map(references, policy.get("Roles", []))))
            yield roles, name, policy["PolicyDocument"]


def statements(expanded: dict):
    for roles, name, document in policies(expanded):
        for statement in as_list(document["Statement"]):
            for one in branches(statement):
                yield roles, name, one


def role_of(expanded: dict, function: str):
    return expanded["Resources"][function]["Properties"].get("Role", {}).get("Fn::GetAtt", [None])[0]


def grants(expanded: dict, role: str):
    """Pairs of action and resource that a role is granted, by whichever policy."""
    for roles, _, statement in statements(expanded):
        if role in roles and statement["Effect"] == "Allow":
            for action in as_list(statement.get("Action", [])):
                for resource in as_list(statement.get("Resource", [])):
                    for one in branches(resource):
                        yield action, one


def no_wildcards(source: dict, expanded: dict):
    for _, name, statement in statements(expanded):
        for word in ("NotAction", "NotResource", "NotPrincipal"):
            if word in statement:
                yield f"{name}: {word} grants whatever is not named"
        for action in as_list(statement.get("Action", [])):
            if "*" in action:
                yield f"{name}: wildcard action {action}"
            starred = any("*" in written(one) for one in as_list(statement.get("Resource", [])))
            if starred and (name, action) not in STARS:
                yield f"{name}: wildcard resource of {action}"
    for name, role in of_type(expanded, "AWS::IAM::Role").items():
        for policy in role.get("ManagedPolicyArns", []):
            yield f"{name}: managed policy {written(policy)}: write out what it grants"
    traces = expanded["Resources"].get("WriteTraces", {})
    if traces and traces.get("Condition") != "Traced":
        yield "WriteTraces: there although tracing is off"


def services_name_whom_they_act_for(source: dict, expanded: dict):
    for name, permission in of_type(expanded, "AWS::Lambda::Permission").items():
        for word in ("SourceArn", "SourceAccount"):
            if word not in permission:
                yield f"{name}: permission without {word}"
    documents = [(name, role["AssumeRolePolicyDocument"]) for name, role in of_type(expanded, "AWS::IAM::Role").items()]
    for kind in ("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::Events::EventBusPolicy"):
        documents += [(name, policy["PolicyDocument"]) for name, policy in of_type(expanded, kind).items()]
    for name, document in documents:
        for statement in as_list(document["Statement"]):
            if "Service" not in statement.get("Principal", {}) or statement["Principal"]["Service"] == "*":
                yield f"{name}: trusts others than a service"
            keys = {key for test in statement.get("Condition", {}).values() for key in test}
            for word in ("aws:SourceArn", "aws:SourceAccount"):
                if word not in keys:
                    yield f"{name}: trust without {word}"


def one_role_each(source: dict, expanded: dict):
    users = {}
    for crate, function in functions(source).items():
        role = role_of(expanded, function)
        if role not in expanded["Resources"]:
            yield f"{function}: no role of the template's"
            continue
        users.setdefault(role, []).append(function)
        trust = expanded["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]
        name = expanded["Resources"][function]["Properties"]["FunctionName"]
        if not written(trust["Statement"]).count(f":function:{name['Fn::Sub']}\""):
            yield f"{role}: is not for {function} alone"
    for schedule, properties in of_type(expanded, "AWS::Scheduler::Schedule").items():
        role = properties["Target"]["RoleArn"]["Fn::GetAtt"][0]
        users.setdefault(role, []).append(schedule)
        target = references(properties["Target"]["Arn"])
        invoked = set().union(*(references(one) for action, one in grants(expanded, role) if action.startswith("lambda:")))
        if invoked != target:
            yield f"{role}: may invoke {sorted(invoked)}, and its schedule is for {sorted(target)}"
    for role, those in users.items():
        if len(those) > 1:
            yield f"{role}: shared by {', '.join(those)}"
    for role in of_type(expanded, "AWS::IAM::Role"):
        if role not in users:
            yield f"{role}: nobody's"


def secrets_go_to_whom_they_concern(source: dict, expanded: dict):
    for crate, function in functions(source).items():
        role = role_of(expanded, function)
        pairs = list(grants(expanded, role))
        read = set().union(*(references(one) for action, one in pairs if action.startswith("secretsmanager:")))
        variables = source["Resources"][function]["Properties"].get("Environment", {}).get("Variables", {})
        named = set().union(
            *(references(one) for name, value in variables.items() if name.endswith("_ARN") for one in branches(value))
        )
        if read != named:
            yield f"{function}: may read the secrets {sorted(read)}, and is told of {sorted(named)}"
        keys = {key for action, one in pairs if action == "kms:Decrypt" for key in references(one)}
        if bool(read) != ("SecretsKeyArn" in keys):
            yield f"{function}: reads {sorted(read)}, and its role may use the keys {sorted(keys)}"
        if crate in KNOW_NOTHING_OF_BELVO and any("Belvo" in name for name in read | references(variables)):
            yield f"{function}: can read Belvo's secret"


def only_delete_links_takes_away(source: dict, expanded: dict):
    for crate, function in functions(source).items():
        for action, _ in grants(expanded, role_of(expanded, function)):
            if action in TAKES_AWAY and crate != "delete-links":
                yield f"{function}: may take items away ({action})"


def routes_have_scopes(source: dict, expanded: dict):
    for kind in ("AWS::Serverless::HttpApi", "AWS::Serverless::Api", "AWS::Lambda::Url", "AWS::ApiGateway::RestApi"):
        for name in of_type(source, kind):
            yield f"{name}: a {kind}, past the rules for routes"
    for name, properties in of_type(source, "AWS::Serverless::Function").items():
        odd = {event["Type"] for event in properties.get("Events", {}).values()} - {"ScheduleV2", "DynamoDB"}
        if odd or "FunctionUrlConfig" in properties:
            yield f"{name}: reached by {sorted(odd) or 'a URL of its own'}, past the rules for routes"
    routes = of_type(expanded, "AWS::ApiGatewayV2::Route")
    for name, route in routes.items():
        key = route["RouteKey"]
        if key in OPEN:
            continue
        if route.get("AuthorizationType") != "JWT" or references(route.get("AuthorizerId")) != {"Jwt"}:
            yield f"{name}: {key} names no authorizer"
        if not [scope for scope in route.get("AuthorizationScopes", []) if scope]:
            yield f"{name}: {key} asks for no scope"
    if not OPEN <= {route["RouteKey"] for route in routes.values()}:
        yield "the routes that are open are gone: amend OPEN"


def routes_are_throttled(source: dict, expanded: dict):
    keys = {route["RouteKey"] for route in of_type(expanded, "AWS::ApiGatewayV2::Route").values()}
    for name, stage in of_type(expanded, "AWS::ApiGatewayV2::Stage").items():
        settings = stage.get("RouteSettings", {})
        for key in sorted(keys | set(settings)):
            limits = settings.get(key, {})
            if key not in keys or not (limits.get("ThrottlingRateLimit") and limits.get("ThrottlingBurstLimit")):
                yield f"{name}: {key} is not throttled, or no route"
        waits = set(expanded["Resources"][name].get("DependsOn", []))
        missing = set(of_type(expanded, "AWS::ApiGatewayV2::Route")) - waits
        if missing:
            yield f"{name}: does not wait for {sorted(missing)}, and its settings are refused without them"


def access_logs_hold_nobody(source: dict, expanded: dict):
    allowed = {
        "requestId", "requestTimeEpoch", "routeKey", "status", "responseLatency",
        "integrationStatus", "integrationLatency", "integrationErrorMessage", "authorizer.error",
    }  # fmt: skip
    stages = of_type(expanded, "AWS::ApiGatewayV2::Stage")
    if not stages:
        yield "no stage"
    for name, stage in stages.items():
        told = set(re.findall(r"\$context\.([\w.]+)", stage.get("AccessLogSettings", {}).get("Format", "")))
        if "requestId" not in told:
            yield f"{name}: no access log"
        if told - allowed:
            yield f"{name}: the access log tells {sorted(told - allowed)}"


def grants_are_used(source: dict, expanded: dict):
    """What functions may do with the table is what they did in the tests, and what they did they may."""
    known = json.loads(read("tests/template/used.json"))
    for crate, function in functions(source).items():
        granted = set()
        for action, resource in grants(expanded, role_of(expanded, function)):
            if action.startswith("dynamodb:") and references(resource) == {"Table"} and "StreamArn" not in written(resource):
                index = re.search(r"/index/([\w-]+)", written(resource))
                granted.add(f"{action.removeprefix('dynamodb:')} {'index/' + index.group(1) if index else 'table'}")
            elif action not in LAMBDAS_OWN | ELSEWHERE.get(crate, set()):
                yield f"{function}: {action} is granted, and nothing says what for"
        used = set(known.get(crate, ()))
        for pair in sorted(granted - used):
            yield f"{function}: {pair} is granted, and never used"
        for pair in sorted(used - granted):
            yield f"{function}: {pair} is used, and not granted"
        missing = ELSEWHERE.get(crate, set()) - {action for action, _ in grants(expanded, role_of(expanded, function))}
        for action in sorted(missing):
            yield f"{function}: {action} is used, and not granted"


RULES = (
    grants_are_used,
    no_wildcards,
    services_name_whom_they_act_for,
    one_role_each,
    secrets_go_to_whom_they_concern,
    only_delete_links_takes_away,
    routes_have_scopes,
    routes_are_throttled,
    access_logs_hold_nobody,
)
