package io.plainsail.workers.ansible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.worker.JobFailedException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlaybookRequestTest {
    private static final ObjectMapper YAML = new YAMLMapper();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private static AnsibleConfig config(String yaml) throws Exception {
        return YAML.readValue("{ runDirectory: /nowhere, " + yaml + " }", AnsibleConfig.class);
    }

    private static PlaybookRequest read(String fields) throws Exception {
        ObjectNode input = (ObjectNode) json("{'project':'p','playbook':'a.yml','inventory':'hosts.yml'}");
        input.setAll((ObjectNode) json("{" + fields + "}"));
        return PlaybookRequest.read(input, config("gitPrefixes: [ 'https://git.example.com/ops/' ]"));
    }

    private static JsonNode json(String text) {
        return StrictJson.read(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'playbook':'/etc/passwd' | playbook has \"\"/etc/passwd\"\": must be a relative path",
                "'playbook':'-e@x.yml' | playbook has",
                "'playbook':'a/-b.yml' | no leading -",
                "'playbook':'../a.yml' | no . or ..",
                "'playbook':'a/../../b.yml' | no . or ..",
                "'playbook':'{{ x }}.yml' | playbook has",
                "'playbook':'a\\u0000.yml' | playbook has",
                "'playbook':'a\\n.yml' | playbook has",
                "'inventory':'/etc/ansible/hosts' | inventory has",
                "'inventory':'localhost,' | inventory has",
                "'inventory':'../hosts' | inventory has",
                "'limit':'-all' | limit has",
                "'limit':'@/etc/passwd' | limit has",
                "'limit':'{{ x }}' | limit has",
                "'limit':'a b' | limit has",
                "'limit':'~.*' | limit has",
                "'tags':['a','--extra-vars=x'] | tags has",
                "'tags':['a,b'] | tags has",
                "'tags':['{{ x }}'] | tags has",
                "'skipTags':['a b'] | skipTags has",
                "'skipTags':[''] | skipTags has",
                "'extraVars':{'ansible_connection':'local'} | extraVars has",
                "'extraVars':{'Ansible_connection':'local'} | extraVars has",
                "'extraVars':{'a':{'ansible_shell_executable':'x'}} | extraVars.a has",
                "'extraVars':{'a':[{'b':{'ansible_x':1}}]} | extraVars.a[0].b has",
                "'extraVars':{'hostvars':{}} | extraVars has",
                "'extraVars':{'a b':1} | extraVars has",
                "'extraVars':{'a':{'{{ x }}':1}} | hold no Jinja",
                "'extraVars':{'a':'\\ud800'} | surrogate",
                "'extraVars':{'a':1e999999999} | digits",
                "'secrets':{'ansible_ssh_common_args':'x'} | secrets has",
                "'secrets':{'a':'x'},'extraVars':{'a':1} | stands in extraVars too",
                "'timeout':'5m' | timeout has",
                "'timeout':'PT0S' | PT1S to PT24H",
                "'idleTimeout':'-PT5S' | idleTimeout has",
                "'project':{'git':'https://evil.example.com/x','revision':'main'} | must begin with one of gitPrefixes",
                "'project':{'git':'ext::sh -c id','revision':'main'} | project.git has",
                "'project':{'git':'file:///etc','revision':'main'} | gitPrefixes",
                "'project':{'git':'https://git.example.com/ops/../x','revision':'main'} | no ..",
                "'project':{'git':'https://git.example.com/ops/x','revision':'--upload-pack=id'} | project.revision has",
                "'project':{'git':'https://git.example.com/ops/x','revision':'a:b'} | project.revision has",
                "'inventory':{'hosts':{'-oProxyCommand=id':{}}} | inventory.hosts has",
                "'inventory':{'hosts':{'a[1:9999999]':{}}} | inventory.hosts has",
                "'inventory':{'hosts':{'a':{'ansible_host':'-oProxyCommand=id'}}} | inventory.hosts.a.ansible_host has",
                "'inventory':{'hosts':{'a':{'ansible_ssh_common_args':'x'}}} | inventory.hosts.a has",
                "'inventory':{'hosts':{'a':{'ansible_connection':'local'}}} | allowLocalConnection",
                "'inventory':{'hosts':{'a':{'ansible_port':'22 -x'}}} | must be a number",
                "'inventory':{'hosts':{'a':{'ansible_user':'-l'}}} | ansible_user has",
                "'inventory':{'hosts':{'a':{}},'groups':{'g':['b']}} | must be one of inventory.hosts",
                "'inventory':{'hosts':{'a':{}},'groups':{'g-1':['a']}} | inventory.groups has"
            })
    void hostileInputIsRefusedWithFieldAndRule(String fields, String message) {
        assertThatThrownBy(() -> read(fields))
                .isInstanceOfSatisfying(
                        JobFailedException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.INVALID_INPUT))
                .hasMessageContaining(message.replace("\"\"", "\""));
    }

    @Test
    void whatIsDeepIsRefused() {
        assertThatThrownBy(() -> read("'extraVars':{'a':" + "[".repeat(40) + "]".repeat(40) + "}"))
                .hasMessageContaining("30 deep");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'playbook':'plays/site one.yml','limit':'web:!web1,[abc]*','tags':['a:b','c.d']",
                "'project':{'git':'https://git.example.com/ops/site.git','revision':'v1.2/x'}",
                "'inventory':{'hosts':{'a':{'ansible_host':'2001:db8::1','ansible_port':2222,'n':[1,'x']}},'groups':{'g':['a']}}",
                "'secrets':{'ansible_become_password':'root'},'timeout':'PT5M','extraVars':{'a':{'b':['{{ x }}']}}"
            })
    void whatIsWellFormedIsTaken(String fields) throws Exception {
        assertThat(read(fields).forks()).isEqualTo(5);
    }

    @Test
    void everyStringIsMarkedUnsafeAndNothingElseIsQuotedAway() {
        StringBuilder text = new StringBuilder();
        Variables.write(text, json("{'a':'x\\\"\\\\ \\n😀','b':[1,2.50,1e3,true,null,{}],'c':{'d':[]}}"));
        assertThat(text.toString())
                .isEqualTo("{\"a\": !unsafe \"x\\\"\\\\ \\U0000000A\\U0001F600\",\n"
                        + "\"b\": [1,\n2.50,\n1000,\ntrue,\nnull,\n{}],\n\"c\": {\"d\": []}}");
    }

    @Test
    void secretsAreRedactedInEveryForm() throws Exception {
        Files.writeString(directory.resolve("key"), "first \"line\"\nsecond-lineé\n");
        Secrets secrets = Secrets.read(directory, Map.of("k", "key"));
        assertThat(secrets.values()).containsEntry("k", "first \"line\"\nsecond-lineé");
        assertThat(secrets.redact("a first \"line\" b")).isEqualTo("a [REDACTED] b");
        assertThat(secrets.redact("{\"a\": \"first \\\"line\\\"\\nsecond-lineé\"}"))
                .isEqualTo("{\"a\": \"[REDACTED]\"}");
        assertThat(secrets.redact("second-line\\u00e9")).isEqualTo("[REDACTED]");
        assertThat(secrets).hasToString("[REDACTED]");
    }

    @Test
    void secretsThatCannotBeUsedAreRefusedByName() throws Exception {
        Files.writeString(directory.resolve("short"), "1234567\n");
        Files.write(directory.resolve("binary"), new byte[] {(byte) 0xff, 1, 2, 3, 4, 5, 6, 7, 8});
        Files.writeString(directory.resolve("large"), "x".repeat(70_000));
        Files.createSymbolicLink(directory.resolve("link"), Path.of("/etc/passwd"));
        for (Map.Entry<String, String> each : Map.of(
                        "short", "shorter than 8",
                        "binary", "not UTF-8",
                        "large", "larger than",
                        "link", "is not among",
                        "none", "is not among")
                .entrySet()) {
            assertThatThrownBy(() -> Secrets.read(directory, Map.of("v", each.getKey())))
                    .hasMessageContaining(each.getKey())
                    .hasMessageContaining(each.getValue())
                    .hasMessageNotContaining("1234567");
        }
        assertThatThrownBy(() -> Secrets.read(null, Map.of("v", "x"))).hasMessageContaining("secretsDirectory");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "projects: { A: /x } | projects has the name",
                "projects: { a: x } | must be an absolute path",
                "gitPrefixes: [ 'https://git.example.com' ] | gitPrefixes has",
                "gitPrefixes: [ 'ext::sh/' ] | gitPrefixes has",
                "gitPrefixes: [ 'https:///' ] | gitPrefixes has",
                "idleTimeout: 5m | ISO 8601",
                "maxEvents: 1 | maxEvents is 1",
                "unknown: 1 | unknown"
            })
    void wrongConfigurationIsSaid(String yaml, String message) {
        assertThatThrownBy(() -> config(yaml)).hasMessageContaining(message);
    }

    /** The example must load, and what it calls a default must be one. */
    @Test
    void exampleInTheReadmeLoads() throws Exception {
        String readme = Files.readString(Path.of("README.md"));
        int start = readme.indexOf("```yaml\n") + "```yaml\n".length();
        JsonNode example = YAML.readTree(readme.substring(start, readme.indexOf("```", start)));
        AnsibleConfig config = YAML.treeToValue(example.get("handler"), AnsibleConfig.class);
        AnsibleConfig defaults = config("");
        assertThat(config.projects()).containsOnlyKeys("site");
        assertThat(config.hostKeyChecking()).isEqualTo(defaults.hostKeyChecking());
        assertThat(config.allowLocalConnection()).isEqualTo(defaults.allowLocalConnection());
        assertThat(config.idleTimeout()).isEqualTo(defaults.idleTimeout());
        assertThat(config.maxEvents()).isEqualTo(defaults.maxEvents());
        assertThat(config.keepRuns()).isEqualTo(defaults.keepRuns());
        assertThat(config.keepRunsFor()).isEqualTo(defaults.keepRunsFor());
    }

    @Test
    void exampleConfigurationLoads() throws Exception {
        String text = Files.readString(Path.of("examples/ansible.yaml"))
                .replace("${PLAINSAIL_ANSIBLE_RUNS:-/var/lib/plainsail/ansible}", "/runs")
                .replace("${PLAINSAIL_ANSIBLE_PROJECT}", "/project");
        assertThat(YAML.treeToValue(YAML.readTree(text).get("handler"), AnsibleConfig.class)
                        .projects())
                .containsEntry("example", Path.of("/project"));
    }

    @Test
    void defaultsAreClosed() throws Exception {
        AnsibleConfig config = config("");
        assertThat(config.projects()).isEmpty();
        assertThat(config.gitPrefixes()).isEmpty();
        assertThat(config.secretsDirectory()).isNull();
        assertThat(config.allowLocalConnection()).isFalse();
        assertThat(config.hostKeyChecking()).isTrue();
        assertThat(config.runner()).hasToString("/usr/bin/ansible-runner");
    }
}
