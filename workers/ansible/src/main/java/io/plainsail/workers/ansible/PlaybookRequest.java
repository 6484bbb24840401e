package io.plainsail.workers.ansible;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A job's input, checked: what stands here may be put into a command line.
 *
 * @param project name of a configured project; null for a git one
 * @param hosts the inventory, if the job brings its own: as Ansible's YAML inventory has it
 * @param inventory its name or path else
 * @param secrets names of secrets by variable
 * @param idleTimeout null for the worker's own
 */
record PlaybookRequest(
        @Nullable String project,
        @Nullable Git git,
        String playbook,
        @Nullable JsonNode hosts,
        String inventory,
        String limit,
        List<String> tags,
        List<String> skipTags,
        boolean check,
        boolean diff,
        int forks,
        int verbosity,
        ObjectNode extraVars,
        Map<String, String> secrets,
        @Nullable Duration timeout,
        @Nullable Duration idleTimeout,
        Set<String> facts) {
    private static final Pattern PATH = Pattern.compile("[A-Za-z0-9_.][A-Za-z0-9_. /-]*");
    private static final Pattern LIMIT = Pattern.compile("[A-Za-z0-9_.:!&*\\[][A-Za-z0-9_.:!&,*\\[\\]-]*");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.:-]*");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}");
    private static final Pattern GROUP = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,99}");
    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.:-]{0,252}|::[A-Za-z0-9:.]{1,40}");
    private static final Pattern USER = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,63}");
    private static final Pattern URL = Pattern.compile("(https|ssh|file)://[A-Za-z0-9_.:@/-]+");
    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}");
    private static final Set<String> HOST_NAMES =
            Set.of("ansible_host", "ansible_port", "ansible_user", "ansible_connection");
    private static final Set<String> SECRET_NAMES = Set.of("ansible_password", "ansible_become_password");

    /** A git project. */
    record Git(String url, String revision) {}

    static PlaybookRequest read(JsonNode input, AnsibleConfig config) throws JobFailedException {
        JsonNode project = input.path("project");
        JsonNode inventory = input.path("inventory");
        ObjectNode extraVars =
                input.path("extraVars") instanceof ObjectNode object ? object : JobContext.MAPPER.createObjectNode();
        Variables.check("extraVars", extraVars, name -> false);
        return new PlaybookRequest(
                project.isTextual() ? project.textValue() : null,
                project.isObject() ? git(project, config) : null,
                path("playbook", input.path("playbook").asText()),
                inventory.isObject() ? hosts(inventory, config) : null,
                inventory.isObject() ? "" : path("inventory", inventory.asText()),
                limit(input.path("limit").asText("")),
                tags("tags", input.path("tags")),
                tags("skipTags", input.path("skipTags")),
                input.path("check").asBoolean(false),
                input.path("diff").asBoolean(false),
                input.path("forks").asInt(5),
                input.path("verbosity").asInt(0),
                extraVars,
                secrets(input.path("secrets"), extraVars),
                duration("timeout", input),
                duration("idleTimeout", input),
                facts(input.path("facts")));
    }

    private static Git git(JsonNode project, AnsibleConfig config) throws JobFailedException {
        String url = project.path("git").asText();
        String revision = project.path("revision").asText();
        if (!URL.matcher(url).matches() || url.contains("..")) {
            throw Variables.invalid("project.git", url, "must be an https, ssh or file URL of plain characters, no ..");
        }
        if (config.gitPrefixes().stream().noneMatch(url::startsWith)) {
            throw Variables.invalid(
                    "project.git", url, "must begin with one of gitPrefixes in the worker's configuration");
        }
        if (!REVISION.matcher(revision).matches() || revision.contains("..") || revision.endsWith(".lock")) {
            throw Variables.invalid(
                    "project.revision",
                    revision,
                    "must be a branch, tag or commit: letters, digits and _ . / -, none of . / - first, no ..");
        }
        return new Git(url, revision);
    }

    private static String path(String field, String path) throws JobFailedException {
        if (!PATH.matcher(path).matches()) {
            throw Variables.invalid(
                    field, path, "must be a relative path of letters, digits, spaces and _ . / -, no / or - first");
        }
        for (String segment : path.split("/", -1)) {
            if (segment.isEmpty() || segment.startsWith("-") || segment.equals("..") || segment.equals(".")) {
                throw Variables.invalid(field, path, "must have no empty segment, no . or .. and no leading -");
            }
        }
        return path;
    }

    private static String limit(String limit) throws JobFailedException {
        if (!limit.isEmpty() && !LIMIT.matcher(limit).matches()) {
            throw Variables.invalid(
                    "limit", limit, "must be letters, digits and _ . : ! & , * [ ] -, no - first: no file, no Jinja");
        }
        return limit;
    }

    private static List<String> tags(String field, JsonNode array) throws JobFailedException {
        List<String> tags = new ArrayList<>();
        for (JsonNode each : array) {
            if (!TAG.matcher(each.asText()).matches()) {
                throw Variables.invalid(
                        field, each.asText(), "must be letters, digits and _ . : -, letter, digit or _ first");
            }
            tags.add(each.asText());
        }
        return tags;
    }

    private static JsonNode hosts(JsonNode inventory, AnsibleConfig config) throws JobFailedException {
        ObjectNode all = JobContext.MAPPER.createObjectNode();
        ObjectNode hosts = all.putObject("hosts");
        for (Map.Entry<String, JsonNode> entry : inventory.path("hosts").properties()) {
            String field = "inventory.hosts." + entry.getKey();
            if (!HOST.matcher(entry.getKey()).matches()) {
                throw Variables.invalid("inventory.hosts", entry.getKey(), "host names are letters, digits and _ . -");
            }
            Variables.check(field, entry.getValue(), HOST_NAMES::contains);
            checkHost(field, entry.getValue(), config);
            hosts.set(entry.getKey(), entry.getValue());
        }
        ObjectNode groups = all.putObject("children");
        for (Map.Entry<String, JsonNode> entry : inventory.path("groups").properties()) {
            if (!GROUP.matcher(entry.getKey()).matches()
                    || Set.of("all", "ungrouped").contains(entry.getKey())) {
                throw Variables.invalid("inventory.groups", entry.getKey(), "group names are letters, digits and _");
            }
            ObjectNode members = groups.putObject(entry.getKey()).putObject("hosts");
            for (JsonNode host : entry.getValue()) {
                if (!hosts.has(host.asText())) {
                    throw Variables.invalid(
                            "inventory.groups." + entry.getKey(), host.asText(), "must be one of inventory.hosts");
                }
                members.putObject(host.asText());
            }
        }
        return JobContext.MAPPER.createObjectNode().set("all", all);
    }

    private static void checkHost(String field, JsonNode host, AnsibleConfig config) throws JobFailedException {
        JsonNode address = host.path("ansible_host");
        if (!address.isMissingNode() && !ADDRESS.matcher(address.asText()).matches()) {
            throw Variables.invalid(field + ".ansible_host", address.asText(), "must be a name or an address");
        }
        JsonNode port = host.path("ansible_port");
        if (!port.isMissingNode() && !(port.isInt() && port.intValue() >= 1 && port.intValue() <= 65_535)) {
            throw Variables.invalid(field + ".ansible_port", port.toString(), "must be a number, 1 to 65535");
        }
        JsonNode user = host.path("ansible_user");
        if (!user.isMissingNode() && !USER.matcher(user.asText()).matches()) {
            throw Variables.invalid(field + ".ansible_user", user.asText(), "must be letters, digits and _ . -");
        }
        JsonNode connection = host.path("ansible_connection");
        if (!connection.isMissingNode() && !(connection.asText().equals("local") && config.allowLocalConnection())) {
            throw Variables.invalid(
                    field + ".ansible_connection",
                    connection.asText(),
                    "must be local, and that only if allowLocalConnection is set in the worker's configuration");
        }
    }

    private static Map<String, String> secrets(JsonNode object, ObjectNode extraVars) throws JobFailedException {
        Map<String, String> secrets = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
            Variables.checkName("secrets", entry.getKey(), SECRET_NAMES::contains);
            if (extraVars.has(entry.getKey())) {
                throw Variables.invalid("secrets", entry.getKey(), "stands in extraVars too");
            }
            secrets.put(entry.getKey(), entry.getValue().asText());
        }
        return secrets;
    }

    private static @Nullable Duration duration(String field, JsonNode input) throws JobFailedException {
        if (!input.has(field)) {
            return null;
        }
        String text = input.path(field).asText();
        try {
            Duration value = AnsibleConfig.duration(field, text);
            if (value.compareTo(Duration.ofSeconds(1)) >= 0 && value.compareTo(Duration.ofDays(1)) <= 0) {
                return value;
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        throw Variables.invalid(field, text, "must be an ISO 8601 duration, PT1S to PT24H");
    }

    private static Set<String> facts(JsonNode array) {
        Set<String> facts = new LinkedHashSet<>();
        array.forEach(each -> facts.add(each.asText()));
        return facts;
    }
}
