package diff

const container = "workloads/{workload}/containers|initContainers/{container}"

// containerRules are about what runs in the pods.
var containerRules = []*Rule{
	{
		ID: "WORK101", Title: "container removed or renamed", Category: Workload, Verdict: Minor,
		Why:     "Patches, log queries and kubectl commands that refer to the container fail. A removed container no longer does its work.",
		On:      []string{"removed|renamed " + container},
		Say:     "the container {container} of {workload} {fate}",
		Example: Example{Before: "", After: "manager: {containerName: controller}"},
	},
	{
		ID: "WORK102", Title: "container added", Category: Workload, Verdict: Minor,
		Why:     "The pod needs more resources, and an additional image may have to be mirrored.",
		On:      []string{"added " + container},
		Say:     "{workload} has a new container, {container}",
		Example: Example{Before: "", After: "manager: {pod: {containers: [{name: proxy, image: example.com/proxy:1}]}}"},
	},
	{
		ID: "WORK103", Title: "command changed", Category: Workload, Verdict: Minor,
		Why:     "The container runs another program. It does not start with an image that was built for the old command.",
		On:      []string{"* " + container + "/command"},
		Say:     "the container {container} of {workload} runs {new}, it was {old}",
		Example: Example{Before: "manager: {command: [/manager]}", After: "manager: {command: [/operator]}"},
	},
	{
		ID: "WORK104", Title: "argument removed or changed", Category: Workload, Verdict: Minor,
		Why:     "The program starts with different settings.",
		On:      []string{"removed|changed|renamed " + container + "/args/{arg}", "changed " + container + "/args/{arg}/when"},
		By:      []string{"workload", "container", "arg", "old", "new"},
		Say:     "the argument {arg} of {container} in {workload} {turn}",
		Example: Example{Before: "manager: {args: [--workers=1]}", After: "manager: {args: [--workers=5]}"},
	},
	{
		ID: "WORK105", Title: "argument added", Category: Workload, Verdict: Patch,
		Why:     "The program starts with an additional setting.",
		On:      []string{"added " + container + "/args/{arg}"},
		By:      []string{"workload", "container"},
		Say:     "{container} in {workload} has new arguments: {arg}",
		Example: Example{Before: "", After: "manager: {args: [--workers=5]}"},
	},
	{
		ID: "WORK106", Title: "environment variable removed, renamed or changed", Category: Workload, Verdict: Minor,
		Why:     "A Subscription, an overlay or a patch may set the variable. The program reads another value than before.",
		On:      []string{"removed|changed|renamed " + container + "/env|envFrom/{variable}", "* " + container + "/env|envFrom/{variable}/**"},
		By:      []string{"workload", "container", "variable", "old", "new"},
		Say:     "the environment variable {variable} of {container} in {workload} {turn}",
		Example: Example{Before: "manager: {env: {WORKERS: \"1\"}}", After: "manager: {env: {WORKERS: \"5\"}}"},
	},
	{
		ID: "WORK107", Title: "environment variable added", Category: Workload, Verdict: Patch,
		Why:     "The program reads an additional setting.",
		On:      []string{"added " + container + "/env|envFrom/{variable}"},
		By:      []string{"workload", "container"},
		Say:     "{container} in {workload} has new environment variables: {variable}",
		Example: Example{Before: "", After: "manager: {env: {WORKERS: \"5\"}}"},
	},
	{
		ID: "WORK108", Title: "port removed, renamed or changed", Category: Workload, Verdict: Minor,
		Why:     "Services, monitors and network policies of users that refer to the port no longer work.",
		On:      []string{"removed|changed|renamed " + container + "/ports/{port}", "* " + container + "/ports/{port}/**"},
		By:      []string{"workload", "container", "port"},
		Say:     "the port {port} of {container} in {workload} changed or is gone",
		Example: Example{Before: "manager: {ports: {api: 8000}}", After: "manager: {ports: {api: 9000}}"},
	},
	{
		ID: "WORK109", Title: "port added", Category: Workload, Verdict: Patch,
		Why:     "The pod listens on an additional port.",
		On:      []string{"added " + container + "/ports/{port}"},
		By:      []string{"workload", "container"},
		Say:     "{container} in {workload} has a new port, {port}",
		Example: Example{Before: "", After: "manager: {ports: {api: 8000}}"},
	},
	{
		ID: "WORK110", Title: "probe removed", Category: Workload, Verdict: Minor,
		Why: "A program that hangs is not restarted, or receives requests before it is ready.",
		On:  []string{"removed " + container + "/{probe}"}, If: isProbe,
		Say:     "{container} in {workload} has no {probe} any more",
		Example: Example{Before: "", After: "manager: {probes: {liveness: null}}"},
	},
	{
		ID: "WORK111", Title: "probe added or changed", Category: Workload, Verdict: Patch,
		Why: "Kubernetes checks the health of the program differently, or at another interval.",
		On:  []string{"* " + container + "/{probe}", "* " + container + "/{probe}/**"}, If: isProbe, By: []string{"workload", "container", "probe"},
		Say:     "the {probe} of {container} in {workload} changed",
		Example: Example{Before: "", After: "manager: {probes: {liveness: {httpGet: {path: /livez, port: 8081}}}}"},
	},
	{
		ID: "WORK112", Title: "resources changed", Category: Workload, Verdict: Minor,
		Why:     "Users who kept the default get other resources. Higher ones may not fit on a node or into a quota; lower ones may be too little for a large cluster.",
		On:      []string{"* " + container + "/resources/**", "* " + container + "/resizePolicy"},
		By:      []string{"workload", "container"},
		Say:     "{container} in {workload} asks for other resources by default",
		Example: Example{Before: "", After: "manager: {resources: {limits: {memory: 1Gi}}}"},
	},
	{
		ID: "WORK113", Title: "volume mounted differently", Category: Workload, Verdict: Patch,
		Why:     "The paths of files change for the program.",
		On:      []string{"* " + container + "/volumeMounts|volumeDevices/{mount}", "* " + container + "/volumeMounts|volumeDevices/{mount}/**"},
		By:      []string{"workload", "container"},
		Say:     "{container} in {workload} mounts volumes differently: {mount}",
		Example: Example{Before: "", After: "manager: {container: {volumeMounts: [{name: cache, mountPath: /cache}]}, pod: {volumes: [{name: cache, emptyDir: {}}]}}"},
	},
	{
		ID: "WORK114", Title: "other container settings changed", Category: Workload, Verdict: Patch,
		Why:     "How the container is pulled, stopped or logged changes.",
		On:      []string{"* " + container + "/{what}", "* " + container + "/{what}/**"},
		If:      func(c *Case) bool { return c.Named["what"] != "image" && c.Named["what"] != "securityContext" },
		By:      []string{"workload", "container"},
		Say:     "{container} in {workload} runs with other settings: {what}",
		Example: Example{Before: "", After: "manager: {container: {imagePullPolicy: Always}}"},
	},
}

func isProbe(c *Case) bool {
	return oneOf(c.Named["probe"], "livenessProbe", "readinessProbe", "startupProbe")
}
