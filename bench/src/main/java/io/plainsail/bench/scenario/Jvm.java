package io.plainsail.bench.scenario;

import java.util.List;

/** JVM options, the same as in production where it is a service; a test compares them with what is started there. */
final class Jvm {
    /** {@code packaging/jvm.options}: facade and workers. */
    static final List<String> SMALL = List.of(
            "-XX:+UseSerialGC",
            "-Xms32m",
            "-Xmx72m",
            "-Xss512k",
            "-XX:MaxMetaspaceSize=128m",
            "-XX:ReservedCodeCacheSize=64m",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:+IgnoreUnrecognizedVMOptions",
            "-XX:TrimNativeHeapInterval=5000");

    /** {@code jvm_standalone} in {@code ./plainsail}. */
    static final List<String> STANDALONE = List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xms64m",
            "-Xmx512m",
            "-Xss512k",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.awt.headless=true");

    /** Load generators: room enough that they hardly collect. */
    static final List<String> LOAD = List.of("-XX:+UseSerialGC", "-Xms128m", "-Xmx256m", "-Xmn96m", "-Xss512k");

    private Jvm() {}

    static String[] array(List<String> options) {
        return options.toArray(String[]::new);
    }
}
