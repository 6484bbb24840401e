package io.plainsail.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/**
 * What is around the command.
 *
 * @param out in UTF-8
 * @param terminal whether somebody looks at {@code out}
 */
record Surroundings(
        Map<String, String> environment,
        Path home,
        InputStream in,
        PrintStream out,
        PrintStream err,
        boolean terminal) {

    /** Of this process. The launcher says whether there is a terminal: not every Java can tell. */
    static Surroundings ofProcess() {
        boolean terminal = Boolean.parseBoolean(
                System.getProperty("plainsail.terminal", Boolean.toString(System.console() != null)));
        return new Surroundings(
                System.getenv(),
                Path.of(System.getProperty("user.home", "")),
                System.in,
                new PrintStream(System.out, false, StandardCharsets.UTF_8),
                new PrintStream(System.err, true, StandardCharsets.UTF_8),
                terminal);
    }

    /** How wide the terminal is, in characters. */
    int columns() {
        String columns = variable("COLUMNS");
        return columns.matches("[0-9]{2,4}") ? Integer.parseInt(columns) : 80;
    }

    /** A variable's value; empty if it is not set. */
    String variable(String name) {
        return environment.getOrDefault(name, "").strip();
    }
}
