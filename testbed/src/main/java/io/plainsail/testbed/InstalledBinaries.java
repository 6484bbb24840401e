package io.plainsail.testbed;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Where this machine keeps programs. */
final class InstalledBinaries {
    private static final Pattern NUMBER = Pattern.compile("[0-9]+");

    private InstalledBinaries() {}

    /** The directories of the PATH. */
    static Stream<Path> onPath() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(Path::of);
    }

    /** What matches in a directory, the highest version first: {@code x-10} before {@code x-9}. */
    static List<Path> newestFirst(Path directory, String glob) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, glob)) {
            stream.forEach(entries::add);
        } catch (IOException e) {
            throw new TestbedException(directory + " cannot be listed", e);
        }
        entries.sort(Comparator.comparing(InstalledBinaries::sortableName).reversed());
        return entries;
    }

    private static String sortableName(Path path) {
        return NUMBER.matcher(path.getFileName().toString())
                .replaceAll(digits -> "0".repeat(Math.max(0, 9 - digits.group().length())) + digits.group());
    }
}
