package io.plainsail.workers.packer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.worker.JobContext;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;

/**
 * What an image is built on, as far as the template declares it.
 *
 * @param location value of the variable with its address; empty for none
 * @param checksum value of the variable with its checksum, as declared; empty for none
 * @param sha256 of the file that location names, if it is one of this machine; else empty
 */
record BaseImage(String location, String checksum, String sha256) {

    /**
     * @param effective values of the template's variables, as Packer shows them
     * @param directory from which a relative location counts
     */
    static BaseImage of(PackerConfig.Template template, Map<String, String> effective, Path directory)
            throws IOException, InterruptedException {
        String location = valueOf(template.baseImageVariable(), effective);
        String checksum = valueOf(template.baseChecksumVariable(), effective);
        return new BaseImage(location, checksum, digestOf(location, directory));
    }

    /** Packer shows a variable whose default is null as that word. */
    private static String valueOf(String variable, Map<String, String> effective) {
        String value = effective.getOrDefault(variable, "");
        return value.equals("null") ? "" : value;
    }

    private static String digestOf(String location, Path directory) throws IOException, InterruptedException {
        if (location.isEmpty()) {
            return "";
        }
        try {
            Path file = location.startsWith("file:") ? Path.of(URI.create(location)) : directory.resolve(location);
            return Files.isRegularFile(file) ? Digests.of(file) : "";
        } catch (InvalidPathException e) {
            return "";
        } catch (IllegalArgumentException e) {
            // A file: URL that Java cannot read as a path of this machine.
            return "";
        }
    }

    boolean isDeclared() {
        return !location.isEmpty() || !checksum.isEmpty();
    }

    ObjectNode toJson() {
        ObjectNode json = JobContext.MAPPER.createObjectNode();
        if (!location.isEmpty()) {
            json.put("location", location);
        }
        if (!checksum.isEmpty()) {
            json.put("checksum", checksum);
        }
        if (!sha256.isEmpty()) {
            json.put("sha256", sha256);
        }
        return json;
    }
}
