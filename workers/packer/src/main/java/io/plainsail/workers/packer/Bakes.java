package io.plainsail.workers.packer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.json.InvalidJsonException;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Baked images by bake key. A bake is made in {@code .bakes/<key>-<random>}, and is whole when the link {@code <key>} names
 * it: the link is moved over the one before in one step, so whoever dies when leaves the old bake or the new one, and
 * what no link names is half made. All that changes a key's bakes holds the key's lock, {@code .locks/<key>}.
 *
 * <pre>
 * &lt;key&gt; → .bakes/&lt;key&gt;-1f0c…        bake.json, files/…
 * </pre>
 *
 * <p>Thread-safe; several processes may share the directory.
 */
final class Bakes {
    static final String FILES = "files";
    static final int MOST_FILES = 1_000;

    private static final String RECORD = "bake.json";
    private static final int LONGEST_RECORD = 8 * 1024 * 1024;
    private static final Pattern BAKE = Pattern.compile("([0-9a-f]{64})-.*");
    private static final Logger LOG = LoggerFactory.getLogger(Bakes.class);

    private final Path base;
    private final Path bakes;

    Bakes(Path base) {
        this.base = base;
        this.bakes = base.resolve(".bakes");
    }

    /** A file that a build left. */
    record BakedFile(String path, long size, String sha256) {}

    /** A bake that is being made; its files belong into {@link #files}, which is not there yet. */
    record Bake(String key, Path directory) {
        Path files() {
            return directory.resolve(FILES);
        }
    }

    /** Where the files of a key's whole bake stand. */
    Path filesOf(String key) {
        return base.resolve(key).resolve(FILES);
    }

    long freeBytes() throws IOException {
        Files.createDirectories(bakes);
        // Not by its FileStore, which in a chroot is not found.
        return bakes.toFile().getUsableSpace();
    }

    FileLocks.Held hold(String key, Runnable waiting) throws IOException, InterruptedException {
        return FileLocks.hold(lockOf(key), waiting);
    }

    /** Deletes what died half made, of all keys that nobody bakes now. */
    void clean() throws IOException {
        Files.createDirectories(bakes);
        for (Path path : list(bakes)) {
            var name = BAKE.matcher(String.valueOf(path.getFileName()));
            if (name.matches()) {
                try (FileLocks.Held held = FileLocks.tryHold(lockOf(name.group(1)))) {
                    if (held != null) {
                        clean(name.group(1));
                    }
                }
            }
        }
    }

    /**
     * The whole bake of a key, if its files are those that its record tells of.
     *
     * @param told is told what is wrong with it, if there is one
     */
    Optional<ObjectNode> find(String key, Consumer<String> told) throws IOException, InterruptedException {
        Path directory = base.resolve(key);
        if (!Files.isSymbolicLink(directory)) {
            return Optional.empty();
        }
        Optional<ObjectNode> record = recordIn(directory, key);
        if (record.isEmpty()) {
            told.accept("What was baked before has no readable record");
            return Optional.empty();
        }
        List<BakedFile> expected = new ArrayList<>();
        for (JsonNode file : record.get().path("files")) {
            expected.add(new BakedFile(
                    file.path("path").asText(),
                    file.path("size").asLong(),
                    file.path("sha256").asText()));
        }
        try {
            List<BakedFile> there = collect(directory.resolve(FILES));
            if (there.equals(expected)) {
                return record;
            }
            List<BakedFile> wrong = new ArrayList<>(expected);
            wrong.removeAll(there);
            told.accept("What was baked before does not meet its checksums"
                    + (wrong.isEmpty()
                            ? ", it has more files"
                            : ": " + wrong.get(0).path()));
        } catch (JobFailedException e) {
            told.accept("What was baked before is not as it was: " + e.getMessage());
        }
        return Optional.empty();
    }

    /** Begins a bake, and deletes what died half made; the caller holds the key. */
    Bake begin(String key) throws IOException {
        Files.createDirectories(bakes);
        clean(key);
        return new Bake(key, Files.createDirectory(bakes.resolve(key + "-" + UUID.randomUUID())));
    }

    /**
     * All files below a directory, by path, and makes sure that they are on disk.
     *
     * @return empty if the directory is not there
     * @throws JobFailedException if there are too many, or others than plain files
     */
    List<BakedFile> collect(Path files) throws IOException, JobFailedException, InterruptedException {
        List<BakedFile> collected = new ArrayList<>();
        if (!Files.exists(files, LinkOption.NOFOLLOW_LINKS)) {
            return collected;
        }
        Map<String, Path> found = new TreeMap<>();
        List<Path> directories = new ArrayList<>();
        try (Stream<Path> tree = Files.walk(files)) {
            for (Path path : (Iterable<Path>) tree::iterator) {
                if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                    directories.add(path);
                } else if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                    found.put(files.relativize(path).toString(), path);
                } else {
                    throw PackerFailures.artifact(
                            "the build left " + files.relativize(path) + ", which is no file: links are not kept");
                }
                if (found.size() > MOST_FILES || directories.size() > MOST_FILES) {
                    throw PackerFailures.tooLarge(
                            "artifact-files", "the build left more than " + MOST_FILES + " files: pack them into one");
                }
            }
        }
        for (Map.Entry<String, Path> file : found.entrySet()) {
            String digest = Digests.ofForced(file.getValue());
            collected.add(new BakedFile(file.getKey(), Files.size(file.getValue()), digest));
        }
        for (Path directory : directories) {
            force(directory);
        }
        return collected;
    }

    /** Makes a bake the one of its key; the one before is deleted. The caller holds the key. */
    void publish(Bake bake, ObjectNode record) throws IOException {
        try (FileOutputStream out =
                new FileOutputStream(bake.directory().resolve(RECORD).toFile())) {
            out.write(StrictJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(record));
            out.getFD().sync();
        }
        force(bake.directory());
        Path link = bakes.resolve(bake.key() + "-" + UUID.randomUUID() + ".link");
        Files.createSymbolicLink(link, base.relativize(bake.directory()));
        Files.move(link, base.resolve(bake.key()), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        force(base);
        clean(bake.key());
    }

    /** Deletes a bake that is not to be; one that is published stays. */
    void discard(Bake bake) throws IOException {
        if (!bake.directory().equals(wholeOf(bake.key()))) {
            delete(bake.directory());
        }
    }

    private Path lockOf(String key) {
        return base.resolve(".locks").resolve(key);
    }

    /** Deletes what the key's link does not name. */
    private void clean(String key) throws IOException {
        Path whole = wholeOf(key);
        for (Path path : list(bakes)) {
            if (String.valueOf(path.getFileName()).startsWith(key + "-") && !path.equals(whole)) {
                delete(path);
            }
        }
    }

    /** What the key's link names; the link itself if it is not there. */
    private Path wholeOf(String key) throws IOException {
        Path link = base.resolve(key);
        return Files.isSymbolicLink(link) ? base.resolve(Files.readSymbolicLink(link)) : link;
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.sorted(Comparator.naturalOrder()).toList();
        }
    }

    private static Optional<ObjectNode> recordIn(Path directory, String key) throws IOException {
        try {
            Path file = directory.resolve(RECORD);
            if (Files.size(file) > LONGEST_RECORD) {
                return Optional.empty();
            }
            JsonNode tree = StrictJson.read(Files.readAllBytes(file));
            return tree instanceof ObjectNode record
                            && record.path("bakeKey").asText().equals(key)
                    ? Optional.of(record)
                    : Optional.empty();
        } catch (NoSuchFileException | InvalidJsonException e) {
            return Optional.empty();
        }
    }

    static ObjectNode toJson(BakedFile file) {
        return JobContext.MAPPER
                .createObjectNode()
                .put("path", file.path())
                .put("size", file.size())
                .put("sha256", file.sha256());
    }

    /** Makes sure that a directory's entries are on disk, whatever interrupts. */
    private static void force(Path directory) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                    channel.force(true);
                    return;
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Deletes a tree, links and not what they lead to; what cannot be deleted is told and left. */
    static void delete(Path tree) {
        try {
            Files.walkFileTree(tree, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                        throws IOException {
                    // A build may have taken the rights from itself.
                    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, java.io.IOException failed)
                        throws IOException {
                    Files.delete(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            LOG.warn("{} cannot be deleted: {}", tree, e.getMessage());
        }
    }
}
