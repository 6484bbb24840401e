package io.plainsail.workers.packer;

import io.plainsail.worker.JobFailedException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.TreeMap;

/**
 * A private copy of a template's directory, so that what is baked is what the digest is of, whatever happens to the
 * original meanwhile.
 *
 * @param digest over paths, rights to execute, targets of links and contents; times, owners and other rights are not in it
 */
record TemplateCopy(Path root, String digest) {
    static final long MOST_BYTES = 64L * 1024 * 1024;
    static final int MOST_FILES = 10_000;

    /**
     * Copies.
     *
     * @param target is not there yet
     * @throws JobFailedException if it is larger than the bounds, or holds what cannot be copied
     */
    static TemplateCopy of(String name, Path directory, Path target)
            throws JobFailedException, IOException, InterruptedException {
        Copying copying = new Copying(directory, target);
        Files.walkFileTree(directory, copying);
        if (copying.interrupted) {
            throw new InterruptedException("interrupted while the template was copied");
        }
        if (!copying.refused.isEmpty()) {
            throw PackerFailures.templateInvalid(name, copying.refused);
        }
        Digests digest = new Digests();
        for (Map.Entry<String, String> entry : copying.entries.entrySet()) {
            digest.add(entry.getKey()).add(entry.getValue());
            if (entry.getValue().startsWith("file")) {
                digest.add(Digests.of(target.resolve(entry.getKey())));
            }
        }
        return new TemplateCopy(target, digest.hex());
    }

    private static final class Copying extends SimpleFileVisitor<Path> {
        private final Path from;
        private final Path to;
        private final Map<String, String> entries = new TreeMap<>();
        private long bytes;
        private String refused = "";
        private boolean interrupted;

        Copying(Path from, Path to) {
            this.from = from;
            this.to = to;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) throws IOException {
            if (".git".equals(String.valueOf(directory.getFileName()))) {
                return FileVisitResult.SKIP_SUBTREE;
            }
            Files.createDirectories(to.resolve(from.relativize(directory)));
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            if (Thread.interrupted()) {
                interrupted = true;
                return FileVisitResult.TERMINATE;
            }
            Path relative = from.relativize(file);
            if (relative.toString().equals(".git")) {
                return FileVisitResult.CONTINUE;
            }
            bytes += attributes.isRegularFile() ? attributes.size() : 0;
            if (bytes > MOST_BYTES || entries.size() >= MOST_FILES) {
                return refuse("its directory holds more than " + MOST_BYTES + " bytes or " + MOST_FILES + " files");
            }
            Path copy = to.resolve(relative);
            if (attributes.isSymbolicLink()) {
                Path target = Files.readSymbolicLink(file);
                if (target.isAbsolute()
                        || !file.resolveSibling(target).normalize().startsWith(from)) {
                    return refuse("its link " + relative + " leads out of its directory");
                }
                Files.createSymbolicLink(copy, target);
                entries.put(relative.toString(), "link " + target);
            } else if (attributes.isRegularFile()) {
                Files.copy(file, copy, LinkOption.NOFOLLOW_LINKS, StandardCopyOption.COPY_ATTRIBUTES);
                entries.put(relative.toString(), Files.isExecutable(copy) ? "file, executable" : "file");
            } else {
                return refuse("its file " + relative + " is neither a file nor a link");
            }
            return FileVisitResult.CONTINUE;
        }

        private FileVisitResult refuse(String why) {
            refused = why;
            return FileVisitResult.TERMINATE;
        }
    }
}
