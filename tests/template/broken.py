"""Templates that are worse in one thing: what is done to the template, and what must then be said about it."""

import copy

def resource(source: dict, name: str) -> dict:
    return source["Resources"][name]["Properties"]


def statement(source: dict, role: str, sid: str) -> dict:
    statements = [one for policy in resource(source, role)["Policies"] for one in policy["PolicyDocument"]["Statement"]]
    return next(one for one in statements if one["Sid"] == sid)


def trust(source: dict, role: str) -> dict:
    return resource(source, role)["AssumeRolePolicyDocument"]["Statement"][0]


def widgets(source: dict, old: str, new: str):
    dashboard = resource(source, "Dashboard")
    body = dashboard["DashboardBody"]["Fn::Sub"]
    assert old in body
    dashboard["DashboardBody"] = {"Fn::Sub": body.replace(old, new)}


# What is done to the template, and what must be said about it.
BROKEN = {
    "a wildcard action": (
        lambda source: statement(source, "ReconcileRole", "CompareAndRepair")["Action"].append("dynamodb:*"),
        r"ReconcileRole: wildcard action dynamodb:\*",
    ),
    "a wildcard resource": (
        lambda source: statement(source, "FollowUpRole", "ReadByTime").update(Resource="*"),
        r"FollowUpRole: wildcard resource of dynamodb:Query",
    ),
    "all indexes": (
        lambda source: statement(source, "ReconcileRole", "ReadByGroup").update(Resource={"Fn::Sub": "${Table.Arn}/index/*"}),
        r"ReconcileRole: wildcard resource of dynamodb:Scan",
    ),
    "everything but": (
        lambda source: statement(source, "FollowUpRole", "ReadByTime").update(NotResource="arn:aws:s3:::x"),
        r"FollowUpRole: NotResource",
    ),
    "a managed policy": (
        lambda source: resource(source, "ReconcileRole").update(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
        r"ReconcileRole: managed policy",
    ),
    "traces that are always on": (
        lambda source: source["Resources"]["WriteTraces"].pop("Condition"),
        r"WriteTraces: there although tracing is off",
    ),
    "a permission for any API": (
        lambda source: resource(source, "UserLinksPermission").pop("SourceArn"),
        r"UserLinksPermission: permission without SourceArn",
    ),
    "a permission for any account": (
        lambda source: resource(source, "BelvoWebhookPermission").pop("SourceAccount"),
        r"BelvoWebhookPermission: permission without SourceAccount",
    ),
    "a trust in any function": (
        lambda source: trust(source, "RegisterUserRole")["Condition"].pop("ArnEquals"),
        r"RegisterUserRole: trust without aws:SourceArn",
    ),
    "a trust in any account": (
        lambda source: trust(source, "DeleteLinksTickRole")["Condition"].pop("StringEquals"),
        r"DeleteLinksTickRole: trust without aws:SourceAccount",
    ),
    "a trust in everybody": (
        lambda source: trust(source, "RegisterUserRole").update(Principal={"AWS": "*"}),
        r"RegisterUserRole: trusts others than a service",
    ),
    "a topic that takes any alarm": (
        lambda source: resource(source, "AlarmTopicPolicy")["PolicyDocument"]["Statement"][0].pop("Condition"),
        r"AlarmTopicPolicy: trust without aws:SourceArn",
    ),
    "a shared role": (
        lambda source: resource(source, "FollowUp").update(Role={"Fn::GetAtt": ["ReconcileRole", "Arn"]}),
        r"ReconcileRole: shared by Reconcile, FollowUp",
    ),
    "a role of SAM's making": (
        lambda source: (resource(source, "UserLinks").pop("Role"), source["Resources"].pop("UserLinksRole")),
        r"UserLinksRole: managed policy",
    ),
    "a schedule that may invoke another function": (
        lambda source: statement(source, "FollowUpTickRole", "Tick").update(Resource={"Fn::GetAtt": ["DeleteLinks", "Arn"]}),
        r"FollowUpTickRole: may invoke \['DeleteLinks'\]",
    ),
    "Belvo's secret for whom it does not concern": (
        lambda source: resource(source, "RegisterUserRole")["Policies"][0]["PolicyDocument"]["Statement"].append(
            {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": {"Ref": "BelvoSecretArn"}}
        ),
        r"RegisterUser: can read Belvo's secret",
    ),
    "a secret that its function may not read": (
        lambda source: source["Resources"].pop("ReadWebhookSecret"),
        r"BelvoWebhook: may read the secrets \[\], and is told of \['WebhookSecretArn'\]",
    ),
    "a key that its function may not use": (
        lambda source: resource(source, "UseSecretsKey")["Roles"].pop(),
        r"DeleteLinks: reads \['BelvoSecretArn'\], and its role may use",
    ),
    "a grant that is missing": (
        lambda source: statement(source, "WidgetCallbackRole", "BindOneLink")["Action"].remove("dynamodb:ConditionCheckItem"),
        r"WidgetCallback: ConditionCheckItem table is used, and not granted",
    ),
    "an index that is not granted": (
        lambda source: statement(source, "FollowUpRole", "ReadByTime").update(Resource={"Fn::Sub": "${Table.Arn}/index/by-group"}),
        r"FollowUp: Query index/by-time is used, and not granted",
    ),
    "a grant that is not used": (
        lambda source: statement(source, "RegisterUserRole", "WriteUsers")["Action"].append("dynamodb:Query"),
        r"RegisterUser: Query table is granted, and never used",
    ),
    "a grant of another service": (
        lambda source: statement(source, "RegisterUserRole", "WriteUsers")["Action"].append("s3:GetObject"),
        r"RegisterUser: s3:GetObject is granted, and nothing says what for",
    ),
    "a bus that may not be told": (
        lambda source: resource(source, "PublishEventsRole")["Policies"][0]["PolicyDocument"]["Statement"].remove(
            statement(source, "PublishEventsRole", "TellTheBus")
        ),
        r"PublishEvents: events:PutEvents is used, and not granted",
    ),
    "deleting for whom it does not concern": (
        lambda source: statement(source, "UserLinksRole", "RepairOneUser")["Action"].append("dynamodb:DeleteItem"),
        r"UserLinks: may take items away",
    ),
    "a route without the authorizer": (
        lambda source: resource(source, "EraseRoute").update(AuthorizationType="NONE"),
        r"EraseRoute: DELETE /users/\{user\} names no authorizer",
    ),
    "a route without scopes": (
        lambda source: resource(source, "ConnectedRoute").pop("AuthorizationScopes"),
        r"ConnectedRoute: GET /users/\{user\}/links asks for no scope",
    ),
    "a route past the rules": (
        lambda source: resource(source, "DeleteLinks")["Events"].update(
            Api={"Type": "HttpApi", "Properties": {"Method": "POST", "Path": "/delete"}}
        ),
        r"DeleteLinks: reached by \['HttpApi'\]",
    ),
    "a function with a URL": (
        lambda source: resource(source, "RegisterUser").update(FunctionUrlConfig={"AuthType": "NONE"}),
        r"RegisterUser: reached by a URL of its own",
    ),
    "a route without limit": (
        lambda source: resource(source, "ApiStage")["RouteSettings"].pop("POST /users/{user}/links/{link_id}/claim"),
        r"claim is not throttled",
    ),
    "settings before their routes": (
        lambda source: source["Resources"]["ApiStage"]["DependsOn"].remove("ClaimRoute"),
        r"ApiStage: does not wait for \['ClaimRoute'\]",
    ),
    "paths in the access log": (
        lambda source: resource(source, "ApiStage")["AccessLogSettings"].update(Format='{"requestId":"$context.requestId","p":"$context.path"}'),
        r"the access log tells \['path'\]",
    ),
    "no access log": (
        lambda source: resource(source, "ApiStage").pop("AccessLogSettings"),
        r"ApiStage: no access log",
    ),
    "a secret that is resolved": (
        lambda source: resource(source, "Reconcile")["Environment"]["Variables"].update(
            BELVO_API_URL={"Fn::Sub": "{{resolve:secretsmanager:${BelvoApiUrl}:SecretString:id}}"}
        ),
        r"Reconcile: BELVO_API_URL holds a secret",
    ),
    "a secret as parameter": (
        lambda source: source["Parameters"]["JwtAudience"].update(NoEcho=True),
        r"parameter JwtAudience: a secret is given by ARN",
    ),
    "a secret as value": (
        lambda source: resource(source, "Reconcile")["Environment"]["Variables"].update(BELVO_SECRET_PASSWORD="hunter2"),
        r"Reconcile: BELVO_SECRET_PASSWORD holds a secret",
    ),
    "a variable that nobody reads": (
        lambda source: resource(source, "DeleteLinks")["Environment"]["Variables"].update(DELETE_EVERYTHING="no"),
        r"DeleteLinks: DELETE_EVERYTHING is set, and never read",
    ),
    "a variable of another function": (
        lambda source: resource(source, "RegisterUser")["Environment"]["Variables"].update(BINDING_PROOF="session"),
        r"RegisterUser: BINDING_PROOF is set, and never read",
    ),
    "a variable that is missing": (
        lambda source: resource(source, "Reconcile")["Environment"]["Variables"].pop("BINDING_PROOF"),
        r"Reconcile: BINDING_PROOF is not set",
    ),
    "a table that can be deleted": (
        lambda source: resource(source, "Table").update(DeletionProtectionEnabled=False),
        r"Table: deletion protection",
    ),
    "a table without backups": (
        lambda source: resource(source, "Table").pop("PointInTimeRecoverySpecification"),
        r"Table: point in time recovery",
    ),
    "a schedule without dead-letter queue": (
        lambda source: resource(source, "FollowUp")["Events"]["Tick"]["Properties"].pop("DeadLetterConfig"),
        r"FollowUpTick: no dead-letter queue",
    ),
    "a dead-letter queue that cannot be written to": (
        lambda source: statement(source, "FollowUpTickRole", "TellOfMissedOnes").update(Resource={"Fn::GetAtt": ["UntoldEvents", "Arn"]}),
        r"FollowUpTick: its role may not write",
    ),
    "a schedule without retry policy": (
        lambda source: resource(source, "Reconcile")["Events"]["Tick"]["Properties"].pop("RetryPolicy"),
        r"ReconcileTick: no retry policy",
    ),
    "events that are given up in silence": (
        lambda source: resource(source, "PublishEvents")["Events"]["Filed"]["Properties"].pop("DestinationConfig"),
        r"PublishEventsFiled: what it gives up goes nowhere",
    ),
    "a queue that nobody watches": (
        lambda source: source["Resources"].pop("TicksMissed"),
        r"MissedTicks: a queue that nobody watches",
    ),
    "logs without end": (
        lambda source: resource(source, "UserLinksLog").pop("RetentionInDays"),
        r"UserLinksLog: logs are kept for ever",
    ),
    "a function without its log": (
        lambda source: resource(source, "UserLinks").pop("LoggingConfig"),
        r"UserLinks: no log group of its own",
    ),
    "a function without bound": (
        lambda source: resource(source, "BelvoWebhook").pop("ReservedConcurrentExecutions"),
        r"BelvoWebhook: no reserved concurrency",
    ),
    "a parameter that takes anything": (
        lambda source: source["Parameters"]["EventBusName"].pop("AllowedPattern"),
        r"parameter EventBusName: takes anything",
    ),
    "production by default": (
        lambda source: source["Parameters"]["BelvoApiUrl"].update(Default="https://api.belvo.com"),
        r"parameter BelvoApiUrl: its default is not safe",
    ),
    "deletion by default": (
        lambda source: source["Parameters"]["ProviderDeletion"].update(Default="on"),
        r"parameter ProviderDeletion: its default is not safe",
    ),
    "an alarm that tells nobody": (
        lambda source: resource(source, "PlanWithheld").pop("AlarmActions"),
        r"PlanWithheld: an alarm that tells nobody",
    ),
    "an alarm without runbook": (
        lambda source: source["Resources"].update(Unheard=copy.deepcopy(source["Resources"]["PlanWithheld"])),
        r"Unheard: an alarm without its entry",
    ),
    "a runbook without alarm": (
        lambda source: source["Resources"].pop("WebhooksDead"),
        r"docs/runbooks.md: WebhooksDead is no alarm",
    ),
    "an alarm for a metric that is not told": (
        lambda source: resource(source, "WebhooksDead").update(MetricName="WebhooksLost"),
        r"WebhooksDead: follow-up tells no WebhooksLost",
    ),
    "an alarm for another function's metric": (
        lambda source: resource(source, "WebhooksDead").update(Dimensions=[{"Name": "Function", "Value": {"Ref": "Reconcile"}}]),
        r"WebhooksDead: reconcile tells no WebhooksDead",
    ),
    "an alarm with another dimension": (
        lambda source: resource(source, "WebhooksDead")["Dimensions"].append({"Name": "Stage", "Value": "x"}),
        r"WebhooksDead: WebhooksDead is not told by",
    ),
    "an alarm for an outcome that no call has": (
        lambda source: resource(source, "BelvoThrottles")["Metrics"][1]["MetricStat"]["Metric"]["Dimensions"][1].update(Value="slow"),
        r"BelvoThrottles: Calls is not told by",
    ),
    "a dashboard of what is not told": (
        lambda source: widgets(source, '"Superseded"', '"Merged"'),
        r"Dashboard: reconcile tells no Merged",
    ),
}
