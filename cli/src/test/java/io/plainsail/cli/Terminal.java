package io.plainsail.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.json.StrictJson;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Runs commands in this process, and keeps what they print. */
final class Terminal {
    private final Path home;
    private final Map<String, String> environment = new TreeMap<>();
    private boolean terminal;
    private byte[] in = new byte[0];

    Terminal(Path home) {
        this.home = home;
    }

    Terminal with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** From now on somebody looks at it. */
    Terminal seen() {
        terminal = true;
        return this;
    }

    Terminal in(String text) {
        in = text.getBytes(StandardCharsets.UTF_8);
        return this;
    }

    /** What came of a command. */
    record Run(int status, byte[] bytes, String err) {
        String out() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        JsonNode json() {
            return StrictJson.read(bytes);
        }
    }

    Run run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = PlainsailCommand.run(
                new Surroundings(
                        environment,
                        home,
                        new ByteArrayInputStream(in),
                        new PrintStream(out, false, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        terminal),
                arguments);
        return new Run(status, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
    }
}
