package io.plainsail.workers.packer;

import io.plainsail.worker.JobFailedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The secrets of one bake: files of the secrets directory, one line end at their end left out.
 *
 * @param names by variable; may be told
 * @param values by variable; must not be told
 */
record Secrets(Map<String, String> names, Map<String, String> values) {
    private static final int LONGEST = 64 * 1024;

    /** A shorter one could not be redacted without taking plain words with it. */
    static final int SHORTEST = 8;

    static Secrets read(Path directory, PackerConfig.Template template, BakeRequest request)
            throws JobFailedException, IOException {
        Map<String, String> names = new TreeMap<>();
        Map<String, String> values = new TreeMap<>();
        template.secrets().forEach((variable, allowed) -> names.put(variable, allowed.get(0)));
        names.putAll(request.secrets());
        for (Map.Entry<String, String> each : names.entrySet()) {
            values.put(each.getKey(), read(directory, each.getValue()));
        }
        return new Secrets(names, values);
    }

    private static String read(Path directory, String name) throws JobFailedException, IOException {
        Path file = directory.resolve(name);
        if (!PackerConfig.SECRET.matcher(name).matches() || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw PackerFailures.secret("the secret \"" + name + "\" is not in the worker's secretsDirectory");
        }
        if (Files.size(file) > LONGEST) {
            throw PackerFailures.secret("the secret \"" + name + "\" is longer than " + LONGEST + " bytes");
        }
        String text = text(name, Files.readAllBytes(file));
        String value = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        if (value.length() < SHORTEST) {
            throw PackerFailures.secret("the secret \"" + name + "\" is too short to be kept out of messages: must be "
                    + SHORTEST + " characters or more");
        }
        return value;
    }

    private static String text(String name, byte[] content) throws JobFailedException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
        } catch (CharacterCodingException e) {
            throw PackerFailures.secret("the secret \"" + name + "\" is not UTF-8");
        }
    }

    @Override
    public String toString() {
        return "Secrets" + names;
    }
}
