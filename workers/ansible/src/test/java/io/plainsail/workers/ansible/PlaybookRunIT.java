package io.plainsail.workers.ansible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.worker.service.ConfiguredWorker;
import io.plainsail.worker.testing.TestJob;
import io.plainsail.worker.testing.TestResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real runs of ansible-runner on this machine. */
@Timeout(180)
class PlaybookRunIT {
    private static final Duration BOUND = Duration.ofSeconds(90);

    private final Contract contract = ContractLoader.fromClassPath(AnsibleHandler.class, "ansible.playbook", 1);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @SuppressWarnings("NullAway.Init")
    private Playbooks playbooks;

    private @Nullable AnsibleHandler handler;

    @BeforeEach
    void prepare() throws Exception {
        Playbooks.require("/usr/bin/ansible-runner", "python3-ansible-runner");
        playbooks = new Playbooks(directory);
    }

    @AfterEach
    void close() throws Exception {
        if (handler != null) {
            handler.close();
        }
    }

    private AnsibleHandler handler(String config) throws Exception {
        if (handler != null) {
            handler.close();
        }
        AnsibleHandler opened = AnsibleHandler.open(playbooks.config(config), Clock.systemUTC());
        handler = opened;
        return opened;
    }

    private TestResult run(String json) throws Exception {
        return TestJob.of(contract, json).run(handler("git: /usr/bin/git"));
    }

    private TestResult run(String playbook, String tasks, String more) throws Exception {
        playbooks.write(playbook, """
                - name: The play
                  hosts: all
                  gather_facts: false
                  tasks:
                """ + tasks.indent(4));
        return run(Playbooks.input(playbook, more));
    }

    @Test
    void theExampleRunsAndTellsItsTasks() throws Exception {
        playbooks.write("hello.yml", Files.readString(Path.of("examples/project/hello.yml")));
        TestResult result = run(Playbooks.input(
                "hello.yml", "'extraVars':{'greeting':'Guten Tag'},'facts':['ansible_system','ansible_nothing']"));
        JsonNode output = result.requireOutput();
        assertThat(output.at("/status").asText()).isEqualTo("successful");
        assertThat(output.at("/rc").asInt()).isZero();
        assertThat(output.at("/hosts/here/ok").asInt()).isEqualTo(6);
        assertThat(output.at("/hosts/here/changed").asInt()).isEqualTo(1);
        assertThat(output.at("/hosts/here/failed").asInt()).isZero();
        assertThat(output.at("/facts").toString()).isEqualTo("{\"here\":{\"ansible_system\":\"Linux\"}}");
        assertThat(output.at("/truncated").asBoolean()).isFalse();
        assertThat(String.join("\n", result.log()))
                .contains("PLAY [Say hello]", "TASK [Write the greeting]", "changed: [here]", "Guten Tag from here");
        assertThat(result.progress()).anySatisfy(p -> assertThat(p.message()).contains("task Tell it"));
    }

    @Test
    void jinjaInVariablesIsDataAndNotEvaluated() throws Exception {
        TestResult result = run(
                "a.yml",
                "- debug: { msg: '{{ x }}|{{ y.z[0] }}|{{ n }}' }\n",
                "'extraVars':{'x':'{{ 7*10**12 }} 😀','y':{'z':['{{ lookup(\\\"pipe\\\",\\\"id\\\") }}']},'n':1.50}");
        result.requireOutput();
        assertThat(String.join("\n", result.log()))
                .contains("{{ 7*10**12 }} 😀|{{ lookup(\\\"pipe\\\",\\\"id\\\") }}|1.5")
                .doesNotContain("uid=", "7000000000000");
    }

    @Test
    void jinjaInInlineHostsIsDataAndGroupsAreKnown() throws Exception {
        playbooks.write("a.yml", """
                - hosts: web
                  gather_facts: false
                  tasks:
                    - debug: { msg: '{{ note }}' }
                """);
        TestResult result = run(
                "{'project':'p','playbook':'a.yml','inventory':{'hosts':{'a':{'ansible_connection':'local','note':'{{ 7*10**12 }}'},'b':{}},'groups':{'web':['a']}}}"
                        .replace('\'', '"'));
        assertThat(result.requireOutput().at("/hosts").fieldNames())
                .toIterable()
                .containsExactly("a");
        assertThat(String.join("\n", result.log())).contains("{{ 7*10**12 }}").doesNotContain("7000000000000");
    }

    @Test
    void aFailedTaskFailsTheJobForGoodAndIsNamed() throws Exception {
        Failure failure = run(
                        "a.yml",
                        "- command: /bin/false\n  ignore_errors: true\n- name: Break\n  fail: { msg: it broke }\n",
                        "")
                .requireFailure(ErrorCategory.REJECTED);
        assertThat(failure.code()).isEqualTo("task-failed");
        assertThat(failure.message()).contains("here: Break: it broke").doesNotContain("command");
    }

    @Test
    void ignoredAndRescuedFailuresAreInTheOutput() throws Exception {
        JsonNode output = run("a.yml", """
                - name: Ignored
                  command: /bin/false
                  ignore_errors: true
                - block: [ { name: Rescued, fail: { msg: for now } } ]
                  rescue: [ { debug: { msg: saved } } ]
                """, "").requireOutput();
        assertThat(output.at("/hosts/here/ignored").asInt()).isEqualTo(1);
        assertThat(output.at("/hosts/here/rescued").asInt()).isEqualTo(1);
        assertThat(output.at("/failedTasks/0/task").asText()).isEqualTo("Ignored");
        assertThat(output.at("/failedTasks/1/message").asText()).isEqualTo("for now");
    }

    @Test
    void unreachableHostsMayBeTriedAgainUnlessSomethingChanged() throws Exception {
        playbooks.write(
                "hosts.yml",
                "all: { hosts: { gone: { ansible_host: 127.0.0.1, ansible_port: 1 }, here: { ansible_connection: local } } }");
        Failure failure = run("a.yml", "- ping:\n", "").requireFailure(ErrorCategory.UNAVAILABLE);
        assertThat(failure.code()).isEqualTo("unreachable");
        assertThat(failure.message()).contains("gone", "127.0.0.1");
        assertThat(run("a.yml", "- command: /bin/true\n", "")
                        .requireFailure(ErrorCategory.REJECTED)
                        .code())
                .isEqualTo("unreachable-after-changes");
    }

    @Test
    void whatCannotBeReadOrFoundIsToldApart() throws Exception {
        playbooks.write("syntax.yml", "- hosts: all\n  taskz: []\n");
        Failure syntax = run(Playbooks.input("syntax.yml", "")).requireFailure(ErrorCategory.INVALID_INPUT);
        assertThat(syntax.code()).isEqualTo("syntax");
        assertThat(syntax.message()).contains("'taskz' is not a valid attribute");
        assertThat(run(Playbooks.input("none.yml", ""))
                        .requireFailure(ErrorCategory.REJECTED)
                        .code())
                .isEqualTo("playbook");
        Failure limit = run("a.yml", "- ping:\n", "'limit':'nosuch'").requireFailure(ErrorCategory.INVALID_INPUT);
        assertThat(limit.code()).isEqualTo("inventory");
        assertThat(run(Playbooks.input("a.yml", "").replace("hosts.yml", "none.yml"))
                        .requireFailure(ErrorCategory.REJECTED)
                        .code())
                .isEqualTo("inventory");
        assertThat(run(Playbooks.input("a.yml", "").replace("\"p\"", "\"other\""))
                        .requireFailure(ErrorCategory.REJECTED)
                        .code())
                .isEqualTo("project");
        Files.createSymbolicLink(playbooks.project.resolve("out.yml"), Path.of("/etc/hostname"));
        assertThat(run(Playbooks.input("out.yml", ""))
                        .requireFailure(ErrorCategory.INVALID_INPUT)
                        .message())
                .contains("playbook", "not by a link");
    }

    @Test
    void checkAndDiffChangeNothingAndShowWhatWouldChange() throws Exception {
        Path file = playbooks.directory.resolve("made.txt");
        TestResult result =
                run("a.yml", "- copy: { content: 'new line\n\n', dest: " + file + " }\n", "'check':true,'diff':true");
        assertThat(result.requireOutput().at("/hosts/here/changed").asInt()).isEqualTo(1);
        assertThat(file).doesNotExist();
        assertThat(String.join("\n", result.log())).contains("+new line");
    }

    @Test
    void tagsAndLimitChoose() throws Exception {
        JsonNode output = run("a.yml", """
                - debug: { msg: one }
                  tags: one
                - debug: { msg: two }
                  tags: [ one, two ]
                - debug: { msg: three }
                """, "'tags':['one'],'skipTags':['two'],'limit':'her*','verbosity':2,'forks':1")
                .requireOutput();
        assertThat(output.at("/hosts/here/ok").asInt()).isEqualTo(1);
    }

    @Test
    void secretsReachTheirTaskAndNothingElse() throws Exception {
        String secret = "s3cr3t \"quoted\"\nsecond-line-é";
        Files.writeString(playbooks.secrets.resolve("db"), secret + "\n");
        Path file = playbooks.directory.resolve("seen.txt");
        TestResult result = run(
                "a.yml",
                """
                - copy: { content: '{{ password }}', dest: %s }
                - debug: { msg: 'the password is {{ password }}' }
                - command: { argv: [ /bin/echo, '{{ password }}' ] }
                - shell: 'tr "\\0" "\\n" < /proc/$PPID/environ; tr "\\0" " " < /proc/$PPID/cmdline'
                - set_fact: { leaked: '{{ password }}', cacheable: true }
                - command: { argv: [ /bin/sh, -c, 'echo "$0" >&2; exit 3', '{{ password }}' ] }
                  ignore_errors: true
                """.formatted(file),
                "'secrets':{'password':'db'},'facts':['leaked'],'verbosity':3,'diff':true");
        JsonNode output = result.requireOutput();
        assertThat(file).hasContent(secret);
        String told = output + String.join("\n", result.log()) + result.progress() + playbooks.kept();
        assertThat(told).contains("[REDACTED]").doesNotContain("s3cr3t", "second-line");
        assertThat(output.at("/facts/here/leaked").asText()).isEqualTo("[REDACTED]");
        Failure failure = run("b.yml", "- fail: { msg: 'no {{ password }}' }\n", "'secrets':{'password':'db'}")
                .requireFailure(ErrorCategory.REJECTED);
        assertThat(failure.toString()).contains("[REDACTED]").doesNotContain("s3cr3t");
        assertThat(playbooks.kept()).doesNotContain("s3cr3t");
    }

    @Test
    void secretsAreTheCredentialsThatSystemdGivesUnlessAnotherDirectoryIsSet() throws Exception {
        Files.writeString(playbooks.secrets.resolve("db"), "s3cr3t-of-the-unit");
        playbooks.write("a.yml", """
                - hosts: all
                  gather_facts: false
                  tasks:
                    - assert: { that: password == 's3cr3t-of-the-unit' }
                """);
        ConfiguredWorker worker = ConfiguredWorker.of(
                new AnsibleWorker(),
                Map.of("handler", playbooks.settings()),
                Map.of("CREDENTIALS_DIRECTORY", playbooks.secrets.toString()));
        try {
            assertThat(TestJob.of(contract, Playbooks.input("a.yml", "'secrets':{'password':'db'}"))
                            .run(worker.service().handled().get(0).handler())
                            .requireOutput()
                            .at("/hosts/here/ok")
                            .asInt())
                    .isEqualTo(1);
        } finally {
            worker.service().resources().get(0).close();
        }
    }

    @Test
    void theEnvironmentIsEmptyButForWhatWeChoose() throws Exception {
        TestResult result = run("a.yml", "- command: /usr/bin/env\n", "'verbosity':1");
        result.requireOutput();
        assertThat(String.join("\n", result.log()))
                .contains("LC_ALL=C.UTF-8", "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
                .contains("HOME=" + playbooks.runs)
                .doesNotContain("JAVA_HOME", "MAVEN");
        try (var kept = Files.list(playbooks.runs.resolve("runs"))) {
            Path run = kept.toList().get(0);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(run)))
                    .isEqualTo("rwx------");
            assertThat(run.resolve("data/env/extravars")).doesNotExist();
        }
    }

    /** A run on a thread of its own, at its task that sleeps. */
    private Thread sleeping(FakeJob job, AnsibleHandler with, AtomicReference<@Nullable Throwable> thrown) {
        Thread thread = new Thread(() -> {
            try {
                with.handle(job);
            } catch (Throwable t) {
                thrown.set(t);
            }
        });
        thread.start();
        await().atMost(BOUND).until(() -> job.lines.stream().anyMatch(line -> line.contains("TASK [Sleep]")));
        return thread;
    }

    private void writeSleep(String marker) throws Exception {
        playbooks.write("sleep.yml", """
                - hosts: all
                  gather_facts: false
                  tasks:
                    - name: Before
                      debug: { msg: before }
                    - name: Sleep
                      shell: "trap '' TERM INT HUP; for i in 1 2 3 4 5 6 7 8 9; do sleep %s; done"
                """.formatted(marker));
    }

    @Test
    void taskLinesComeBeforeTheEndAndACancelLeavesNoProcess() throws Exception {
        String marker = "6001.25";
        writeSleep(marker);
        FakeJob job = new FakeJob(Playbooks.input("sleep.yml", ""));
        AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
        Thread thread = sleeping(job, handler("keepRuns: 5"), thrown);
        await().atMost(BOUND).until(() -> !Playbooks.processes(marker).isEmpty());
        assertThat(job.lines).anySatisfy(line -> assertThat(line).contains("\"msg\": \"before\""));
        thread.interrupt();
        thread.join(BOUND.toMillis());
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertThat(Playbooks.processes(marker)).isEmpty();
        assertThat(Playbooks.processes(playbooks.runs.toString())).isEmpty();
    }

    /** With more time, if that much was over before the first play began. */
    private Failure ranOutOf(String limit, int seconds) throws Exception {
        TestResult result = run(Playbooks.input("sleep.yml", "'%s':'PT%dS'".formatted(limit, seconds)));
        boolean before = result.failure() != null && result.failure().category() == ErrorCategory.TIMEOUT;
        return before && seconds < 40
                ? ranOutOf(limit, 2 * seconds)
                : result.requireFailure(ErrorCategory.LIMIT_EXCEEDED);
    }

    @Test
    @Timeout(400)
    void aTimeoutEndsTheRunAndIsNotRepeatedOnceTasksHadBegun() throws Exception {
        String marker = "6002.25";
        writeSleep(marker);
        Failure failure = ranOutOf("timeout", 12);
        assertThat(failure.code()).isEqualTo("timeout");
        assertThat(failure.message()).containsPattern("PT(12|24|48)S");
        assertThat(Playbooks.processes(marker)).isEmpty();
        assertThat(ranOutOf("idleTimeout", 8).code()).isEqualTo("idle-timeout");
        assertThat(Playbooks.processes(playbooks.runs.toString())).isEmpty();
    }

    @Test
    void aTimeoutBeforeTheFirstPlayMayBeTriedAgain() throws Exception {
        Path slow = Files.writeString(playbooks.directory.resolve("runner"), "#!/bin/sh\nsleep 6003.25\n");
        Files.setPosixFilePermissions(slow, PosixFilePermissions.fromString("rwx------"));
        playbooks.write("a.yml", "[]");
        Failure failure = TestJob.of(contract, Playbooks.input("a.yml", "'timeout':'PT1S'"))
                .run(handler("runner: " + slow))
                .requireFailure(ErrorCategory.TIMEOUT);
        assertThat(failure.code()).isEqualTo("timeout");
        assertThat(Playbooks.processes("6003.25")).isEmpty();
    }

    @Test
    void aRunWithTooManyEventsIsEnded() throws Exception {
        playbooks.write("many.yml", """
                - hosts: all
                  gather_facts: false
                  tasks:
                    - debug: { msg: "{{ item }}" }
                      loop: "{{ range(0, 5000) | list }}"
                """);
        Failure failure = TestJob.of(contract, Playbooks.input("many.yml", ""))
                .run(handler("maxEvents: 100"))
                .requireFailure(ErrorCategory.LIMIT_EXCEEDED);
        assertThat(failure.code()).isEqualTo("events");
        assertThat(Playbooks.processes(playbooks.runs.toString())).isEmpty();
    }

    @Test
    void aMissingRunnerIsSaid() throws Exception {
        assertThat(TestJob.of(contract, Playbooks.input("a.yml", ""))
                        .run(handler("runner: /no/ansible-runner"))
                        .requireFailure(ErrorCategory.REJECTED)
                        .message())
                .contains("/no/ansible-runner is not there");
    }

    @Test
    void aRunDirectoryServesOneProcess() throws Exception {
        handler("keepRuns: 5");
        assertThatThrownBy(() -> AnsibleHandler.open(playbooks.config(""), Clock.systemUTC()))
                .hasMessageContaining("used by another process");
    }

    private void git(Path where, String... words) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("/usr/bin/git", "-c", "user.name=t", "-c", "user.email=t@t");
        builder.command().addAll(List.of(words));
        builder.environment().putAll(Map.of("GIT_CONFIG_GLOBAL", "/dev/null", "GIT_CONFIG_NOSYSTEM", "1"));
        Process process =
                builder.directory(where.toFile()).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    @Test
    void aGitProjectRunsAtExactlyItsRevisionAndMayNotLeadOut() throws Exception {
        Playbooks.require("/usr/bin/git", "git");
        Path repository = Files.createDirectories(playbooks.directory.resolve("repositories/site"));
        String play = "- hosts: all\n  gather_facts: false\n  tasks: [ { debug: { msg: %s } } ]\n";
        git(repository, "init", "--quiet", ".");
        Files.writeString(repository.resolve("a.yml"), play.formatted("first"));
        Files.writeString(repository.resolve("hosts.yml"), "all: { hosts: { here: { ansible_connection: local } } }");
        git(repository, "add", ".");
        git(repository, "commit", "--quiet", "-m", "first");
        git(repository, "tag", "v1");
        Files.writeString(repository.resolve("a.yml"), play.formatted("second"));
        git(repository, "commit", "--quiet", "-a", "-m", "second");
        String prefix = "file://" + playbooks.directory.resolve("repositories") + "/";
        String input = "{\"project\":{\"git\":\"" + prefix
                + "site\",\"revision\":\"%s\"},\"playbook\":\"a.yml\",\"inventory\":\"hosts.yml\"}";
        AnsibleHandler with = handler("gitPrefixes: [ '" + prefix + "' ]");
        TestResult first = TestJob.of(contract, input.formatted("v1")).run(with);
        first.requireOutput();
        assertThat(String.join("\n", first.log())).contains("first").doesNotContain("second");
        assertThat(TestJob.of(contract, input.formatted("none"))
                        .run(with)
                        .requireFailure(ErrorCategory.UNAVAILABLE)
                        .code())
                .isEqualTo("git");

        Files.createSymbolicLink(repository.resolve("link"), Path.of("../../secrets"));
        git(repository, "add", ".");
        git(repository, "commit", "--quiet", "-m", "link");
        git(repository, "tag", "v3");
        assertThat(TestJob.of(contract, input.formatted("v3"))
                        .run(with)
                        .requireFailure(ErrorCategory.INVALID_INPUT)
                        .message())
                .contains("project.git", "\"link\"", "lead out");
        assertThat(TestJob.of(contract, input.formatted("v1"))
                        .run(handler("git: /no/git, gitPrefixes: [ '" + prefix + "' ]"))
                        .requireFailure(ErrorCategory.REJECTED)
                        .message())
                .contains("/no/git is not there");
    }
}
