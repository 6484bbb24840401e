package io.plainsail.bench.report;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where it was measured.
 *
 * @param loadAverage of the last minute before the first measurement: above a few tenths, others were at work
 * @param dataFileSystem what the servers' data lies on; in memory, syncing costs nothing
 * @param libraries version by name, as they are on the class path
 */
public record Machine(
        int cores,
        String processor,
        String kernel,
        String jvm,
        double loadAverage,
        String dataFileSystem,
        Map<String, String> libraries) {

    private static final Pattern JAR = Pattern.compile(
            "(plainsail-api-facade|plainsail-worker-runtime|dropwizard-core|perf-test|amqp-client|postgresql|h2)"
                    + "-(\\d.*)\\.jar");

    /** This machine, now. */
    public static Machine here() {
        try {
            return new Machine(
                    Runtime.getRuntime().availableProcessors(),
                    processor(Files.readString(Path.of("/proc/cpuinfo"))),
                    System.getProperty("os.name") + " " + System.getProperty("os.version"),
                    System.getProperty("java.vm.name") + " " + Runtime.version(),
                    Double.parseDouble(
                            Files.readString(Path.of("/proc/loadavg")).split(" ")[0]),
                    fileSystem(Path.of(System.getProperty("java.io.tmpdir"))),
                    libraries(System.getProperty("java.class.path")));
        } catch (IOException e) {
            throw new IllegalStateException("the machine cannot be described: " + e.getMessage(), e);
        }
    }

    private static String fileSystem(Path path) {
        try {
            return Files.getFileStore(path).type();
        } catch (IOException e) {
            return "unknown"; // In a chroot no mount point is found.
        }
    }

    static Map<String, String> libraries(String classPath) {
        Map<String, String> libraries = new TreeMap<>();
        Arrays.stream(classPath.split(File.pathSeparator))
                .map(entry -> JAR.matcher(entry.substring(entry.lastIndexOf(File.separatorChar) + 1)))
                .filter(Matcher::matches)
                .forEach(jar -> libraries.put(jar.group(1), jar.group(2)));
        return libraries;
    }

    private static String processor(String cpuInfo) {
        return cpuInfo.lines()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).trim())
                .findFirst()
                .orElse("unknown");
    }
}
