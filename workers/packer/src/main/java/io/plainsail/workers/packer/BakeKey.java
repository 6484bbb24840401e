package io.plainsail.workers.packer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All that decides what is baked. Names of secrets are in it, their values are not: a key is public, and a digest over a
 * password invites guesses.
 *
 * @param path what is built, inside the template's directory
 * @param variables all that the template is given, less secrets and the output directory
 */
record BakeKey(
        String templateDigest,
        String path,
        Map<String, JsonNode> variables,
        Map<String, String> secrets,
        List<String> only,
        List<String> except,
        BaseImage baseImage,
        String packerVersion) {

    /** The key as 64 hexadecimal digits. */
    String hex() {
        Digests digest = new Digests()
                .add("packer.build 1")
                .add(templateDigest)
                .add(path)
                .add(baseImage.location())
                .add(baseImage.checksum())
                .add(baseImage.sha256())
                .add(packerVersion);
        digest.add(Integer.toString(variables.size()));
        new TreeMap<>(variables).forEach((name, value) -> digest.add(name).add(canonical(value)));
        digest.add(Integer.toString(secrets.size()));
        new TreeMap<>(secrets).forEach((name, secret) -> digest.add(name).add(secret));
        digest.add(Integer.toString(only.size()));
        only.stream().sorted().forEach(digest::add);
        digest.add(Integer.toString(except.size()));
        except.stream().sorted().forEach(digest::add);
        return digest.hex();
    }

    /** The same text for the same value, whatever the order of its fields. */
    private static String canonical(JsonNode value) {
        StringBuilder text = new StringBuilder();
        if (value.isObject()) {
            Map<String, JsonNode> sorted = new TreeMap<>();
            value.properties().forEach(field -> sorted.put(field.getKey(), field.getValue()));
            text.append('{');
            sorted.forEach((name, each) -> text.append(com.fasterxml.jackson.databind.node.TextNode.valueOf(name))
                    .append(':')
                    .append(canonical(each))
                    .append(','));
            return text.append('}').toString();
        }
        if (value.isArray()) {
            text.append('[');
            value.forEach(each -> text.append(canonical(each)).append(','));
            return text.append(']').toString();
        }
        return value.toString();
    }
}
