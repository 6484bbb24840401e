package io.plainsail.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.plainsail.contracts.json.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How answers are shown that the test makes itself, and where requests go with which key. */
@Timeout(60)
class AnswersTest {
    @TempDir
    Path home;

    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private Terminal terminal;
    private String url;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        server.createContext("/", this::answer);
        server.start();
        url = "http://127.0.0.1:" + server.getAddress().getPort();
        terminal = new Terminal(home).with(Access.URL, url);
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        requests.add(request + " " + exchange.getRequestHeaders().getFirst("Authorization") + " "
                + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        byte[] body = answers.getOrDefault(request, "{\"title\":\"There is nothing here\"}")
                .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(answers.containsKey(request) ? 200 : 404, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    // Lists ----------------------------------------------------------------------------------------------------

    @Test
    void listsShowWhateverFieldsThereAre() {
        answers.put(
                "GET /v1/workers",
                "{\"workers\":[{\"instance\":\"a-1\",\"types\":[\"x.y v1\",\"x.z v1\"],\"running\":2},"
                        + "{\"instance\":\"b-1\\u001b[31m\",\"colour\":\"red\"}]}");
        assertThat(terminal.run("workers").out()).isEqualTo("""
                        INSTANCE       TYPES           RUNNING  COLOUR
                        a-1            x.y v1, x.z v1  2
                        b-1\\u001b[31m                           red
                        """);
        answers.put("GET /v1/queues", "{\"items\":[]}");
        assertThat(terminal.run("queues").out()).isEqualTo("none\n");
        answers.put("GET /v1/whoami", "{\"tenant\":\"acme\",\"roles\":[\"reader\",\"operator\"]}");
        assertThat(terminal.run("whoami").out()).isEqualTo("tenant  acme\nroles   reader, operator\n");
        answers.put("GET /v1/jobs/count?type=a.b&state=failed", "{\"total\":3,\"states\":{\"failed\":3}}");
        assertThat(terminal.run("counts", "--type", "a.b", "--state", "failed").out())
                .isEqualTo("total   3\nstates  failed=3\n");
    }

    @Test
    void workersAreDrainedAndKeysMade() {
        answers.put("POST /v1/workers/a%2F1/drain", "{\"instance\":\"a/1\",\"state\":\"draining\"}");
        assertThat(terminal.run("workers", "drain", "a/1").out()).contains("draining");
        answers.put("DELETE /v1/workers/a/drain", "{\"instance\":\"a\",\"state\":\"ready\"}");
        assertThat(terminal.run("workers", "resume", "a").out()).contains("ready");
        answers.put("POST /v1/keys", "{\"id\":\"k1\",\"key\":\"psk_once\"}");
        assertThat(terminal.run(
                                "keys",
                                "create",
                                "--name",
                                "ci",
                                "--role=submitter",
                                "--job-type=a.b",
                                "--expires-in=90d")
                        .out())
                .contains("psk_once");
        assertThat(requests.get(2))
                .endsWith("{\"name\":\"ci\",\"role\":\"submitter\",\"jobTypes\":[\"a.b\"],\"expiresIn\":\"PT2160H\"}");
        assertThat(terminal.run("keys", "create", "--name", "ci").status()).isEqualTo(Exit.USAGE);
        answers.put("POST /v1/keys/k1/rotate", "{\"id\":\"k2\",\"key\":\"psk_twice\"}");
        assertThat(terminal.run("keys", "rotate", "k1").out()).contains("psk_twice");
        answers.put("DELETE /v1/keys/k1", "");
        assertThat(terminal.run("keys", "revoke", "k1").status()).isZero();
        answers.put("GET /v1/keys", "{\"keys\":[{\"id\":\"k1\"}]}");
        assertThat(terminal.run("keys").out())
                .isEqualTo(terminal.run("keys", "list").out())
                .contains("k1");
    }

    // check ----------------------------------------------------------------------------------------------------

    @Test
    void aContractIsCheckedAndTheVerdictIsTheExitCode() throws Exception {
        Path contract = Path.of("../workers/testing/src/main/resources/contracts/test.script/v1");
        String path = "POST /v1/job-types/test.script/check";
        answers.put(path, "{\"verdict\":\"compatible\",\"reasons\":[],\"data\":{\"checked\":5,\"wouldBreak\":0}}");
        Terminal.Run compatible = terminal.run("check", contract.toString());
        assertThat(compatible.status()).isZero();
        assertThat(compatible.out()).contains("test.script v1: compatible").contains("0 of 5 jobs");
        String document = requests.get(0).substring(requests.get(0).indexOf('{'));
        assertThat(StrictJson.read(document.getBytes(StandardCharsets.UTF_8))
                        .at("/inputSchema/properties/text/type")
                        .asText())
                .isEqualTo("string");

        answers.put(
                path,
                "{\"verdict\":\"incompatible\",\"reasons\":[{\"side\":\"input\",\"pointer\":\"/text\",\"rule\":\"type\"}],"
                        + "\"data\":{\"checked\":5,\"total\":9,\"wouldBreak\":2,\"complete\":false,\"examples\":[{\"job\":\"j1\",\"state\":\"failed\",\"pointer\":\"/text\",\"rule\":\"type\",\"detail\":\"integer found\"}]}}");
        Terminal.Run incompatible = terminal.run("check", contract.toString());
        assertThat(incompatible.status()).isEqualTo(Exit.JOB_FAILED);
        assertThat(incompatible.out()).contains("SIDE").contains("/text").contains("2 of 5 jobs");
        assertThat(incompatible.out()).contains("there are 9").contains("j1 (failed) at \"/text\": integer found");

        answers.put(path, "{\"verdict\":\"undecided\",\"reasons\":[]}");
        Path file = Files.writeString(home.resolve("contract.json"), document);
        assertThat(terminal.run("check", file.toString()).status()).isZero();
        assertThat(terminal.run("check", "--strict", file.toString()).status()).isEqualTo(Exit.JOB_FAILED);

        // What is no contract is not sent, nor are the others with it.
        int before = requests.size();
        Path broken = Files.writeString(home.resolve("broken.json"), "{\"type\":\"a.b\",\"version\":1}");
        assertThat(terminal.run("check", file.toString(), broken.toString()).status())
                .isEqualTo(Exit.REFUSED);
        assertThat(terminal.run("check", home.resolve("none").toString()).status())
                .isEqualTo(Exit.USAGE);
        assertThat(requests).hasSize(before);
    }

    // Access ---------------------------------------------------------------------------------------------------

    private Path config(String text, String permissions) throws IOException {
        Path file = home.resolve(".config/plainsail/config.yaml");
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        return file;
    }

    private String sentKey(Terminal given, String... options) {
        answers.put("GET /v1/whoami", "{\"a\":1}");
        requests.clear();
        String[] all = new String[options.length + 1];
        all[0] = "whoami";
        System.arraycopy(options, 0, all, 1, options.length);
        assertThat(given.run(all).status()).isZero();
        return requests.get(0).split(" ", -1)[2] + " " + requests.get(0).split(" ", -1)[3];
    }

    @Test
    void profilesAreChosenByOptionEnvironmentAndDefault() throws Exception {
        config("""
                default: one
                profiles:
                  one: {url: "%1$s", key: psk_one}
                  two: {url: "%1$s", keyFile: two.key}
                """.formatted(url), "rw-------");
        Files.writeString(home.resolve(".config/plainsail/two.key"), "psk_two\n");
        Files.setPosixFilePermissions(
                home.resolve(".config/plainsail/two.key"), PosixFilePermissions.fromString("rw-------"));
        Terminal plain = new Terminal(home);
        assertThat(sentKey(plain)).isEqualTo("Bearer psk_one");
        assertThat(sentKey(plain, "--profile", "two")).isEqualTo("Bearer psk_two");
        assertThat(sentKey(new Terminal(home).with(Access.PROFILE, "two"))).isEqualTo("Bearer psk_two");
        assertThat(sentKey(new Terminal(home).with(Access.PROFILE, "two"), "--profile=one"))
                .isEqualTo("Bearer psk_one");
        assertThat(sentKey(new Terminal(home).with(Access.API_KEY, "psk_env"))).isEqualTo("Bearer psk_env");
        assertThat(sentKey(new Terminal(home)
                        .with(
                                Access.API_KEY_FILE,
                                home.resolve(".config/plainsail/two.key").toString())))
                .isEqualTo("Bearer psk_two");
        Terminal.Run unknown = plain.run("whoami", "--profile", "three");
        assertThat(unknown.status()).isEqualTo(Exit.USAGE);
        assertThat(unknown.err()).contains("three").contains("[one, two]");
    }

    /** Its key goes nowhere else: whoever names a facade is asked for that one's. */
    @Test
    void theKeyOfDevGoesToTheFacadeThatNobodyNamed() throws Exception {
        Path key = Files.writeString(home.resolve("admin.key"), "psk_dev\n");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        Map<String, String> launched = Map.of(Access.DEV_KEY_FILE, key.toString());
        assertThat(access("", launched).key()).isEqualTo("psk_dev");
        assertThat(access("", launched).url()).isEqualTo(URI.create("http://127.0.0.1:8080"));
        assertThat(access("http://127.0.0.1:8080", launched).key()).isEmpty();
        assertThat(access("", Map.of(Access.DEV_KEY_FILE, key.toString(), Access.URL, url))
                        .key())
                .isEmpty();
        assertThat(access("", Map.of(Access.DEV_KEY_FILE, key.toString(), Access.API_KEY, "psk_own"))
                        .key())
                .isEqualTo("psk_own");
        assertThat(access("", Map.of(Access.DEV_KEY_FILE, home.resolve("none").toString()))
                        .key())
                .isEmpty();
        config("default: one\nprofiles: {one: {url: \"" + url + "\"}}", "rw-------");
        assertThat(access("", launched).key()).isEmpty();
    }

    private Access access(String option, Map<String, String> environment) {
        return Access.of(
                option,
                "",
                new Surroundings(environment, home, InputStream.nullInputStream(), System.out, System.err, false));
    }

    @Test
    void aKeyThatOthersMayReadIsToldOf() throws Exception {
        config("default: one\nprofiles: {one: {url: \"" + url + "\", key: psk_one}}", "rw-r--r--");
        answers.put("GET /v1/whoami", "{\"a\":1}");
        Terminal.Run run = new Terminal(home).run("whoami");
        assertThat(run.status()).isZero();
        assertThat(run.err()).contains("chmod 600").doesNotContain("psk_one");
    }

    @Test
    void whatIsWrongWithAConfigurationIsNamed() throws Exception {
        config("profiles: {one: {uri: x}}\ndefault: one", "rw-------");
        Terminal.Run run = new Terminal(home).run("whoami");
        assertThat(run.status()).isEqualTo(Exit.USAGE);
        assertThat(run.err()).contains("profiles.one.uri is unknown");
        config("[", "rw-------");
        assertThat(new Terminal(home).run("whoami").status()).isEqualTo(Exit.USAGE);
        assertThat(new Terminal(home)
                        .with(Access.URL, "not a url")
                        .run("whoami")
                        .status())
                .isEqualTo(Exit.USAGE);
    }

    @Test
    void aKeyInTheClearIsToldOf() throws Exception {
        // Nobody answers there: it is told before.
        Terminal.Run run =
                new Terminal(home).with(Access.API_KEY, "psk_x").run("whoami", "--url", "http://plainsail.invalid:1");
        assertThat(run.err()).contains("in the clear").doesNotContain("psk_x");
        assertThat(run.status()).isEqualTo(Exit.UNAVAILABLE);
    }

    @Test
    void aFacadeThatIsNotThereIsUnreachable() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Terminal.Run run = terminal.run("jobs", "--url", "http://127.0.0.1:" + port);
        assertThat(run.status()).isEqualTo(Exit.UNAVAILABLE);
        assertThat(run.err()).contains("no answer from http://127.0.0.1:" + port);
    }

    // completion -----------------------------------------------------------------------------------------------

    @Test
    void bashCompletesCommandsAndOptions() throws Exception {
        Path script = Files.write(
                home.resolve("completion.bash"),
                terminal.run("completion", "bash").bytes());
        Process bash = new ProcessBuilder(
                        "bash",
                        "-c",
                        "compopt() { :; }; source '" + script
                                + "'; COMP_WORDS=(plainsail jobs --fi); COMP_CWORD=2; _complete_plainsail;"
                                + " echo \"${COMPREPLY[@]}\"; COMP_WORDS=(plainsail wat); COMP_CWORD=1;"
                                + " _complete_plainsail; echo \"${COMPREPLY[@]}\"")
                .redirectErrorStream(true)
                .start();
        String out = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bash.waitFor()).as(out).isZero();
        assertThat(out.lines().toList()).containsExactly("--fingerprint", "watch");
        assertThat(terminal.run("completion", "zsh").out()).startsWith("autoload");
        assertThat(terminal.run("completion", "fish").status()).isEqualTo(Exit.USAGE);
    }
}
