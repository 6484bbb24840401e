package io.plainsail.testbed;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The RabbitMQ binaries of this machine.
 *
 * @param sbin the scripts that start the server themselves; a distribution's wrappers in {@code /usr/sbin} would switch
 *     the user and start a system-wide epmd
 * @param epmd the port mapper of the Erlang runtime
 * @param version such as {@code 3.10.8}
 */
record RabbitMqInstallation(Path sbin, Path epmd, String version) {
    private static final Pattern VERSION = Pattern.compile("rabbit-([0-9]+(?:\\.[0-9]+)*).*");

    /** The installation in {@code RABBITMQ_HOME}, else the newest one in the places where packages put it. */
    static Optional<RabbitMqInstallation> find() {
        List<Path> homes = new ArrayList<>();
        String configured = System.getenv("RABBITMQ_HOME");
        if (configured != null) {
            homes.add(Path.of(configured));
        }
        homes.addAll(InstalledBinaries.newestFirst(Path.of("/usr/lib/rabbitmq/lib"), "rabbitmq_server-*"));
        homes.add(Path.of("/opt/rabbitmq"));
        homes.add(Path.of("/opt/homebrew/opt/rabbitmq"));
        return findEpmd()
                .flatMap(epmd ->
                        homes.stream().flatMap(home -> at(home, epmd).stream()).findFirst());
    }

    private static Optional<RabbitMqInstallation> at(Path home, Path epmd) {
        Path sbin = home.resolve("sbin");
        if (!Files.isExecutable(sbin.resolve("rabbitmq-server"))) {
            return Optional.empty();
        }
        return InstalledBinaries.newestFirst(home.resolve("plugins"), "rabbit-*").stream()
                .map(plugin -> VERSION.matcher(plugin.getFileName().toString()))
                .filter(Matcher::matches)
                .map(matcher -> new RabbitMqInstallation(sbin, epmd, matcher.group(1)))
                .findFirst();
    }

    private static Optional<Path> findEpmd() {
        return Stream.concat(InstalledBinaries.onPath(), Stream.of(Path.of("/usr/bin"), Path.of("/usr/lib/erlang/bin")))
                .map(directory -> directory.resolve("epmd"))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
