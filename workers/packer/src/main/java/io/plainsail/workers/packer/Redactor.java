package io.plainsail.workers.packer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * Takes secrets out of texts: as they are, each of their lines, and as JSON, URLs, Base64 and Packer's own output write
 * them. A build that writes a secret in another way writes it past this. Immutable.
 */
final class Redactor {
    static final String REDACTED = "[REDACTED]";

    /** A shorter line of a secret could be any word. */
    private static final int SHORTEST_LINE = 4;

    private final List<String> forms;

    private Redactor(Collection<String> forms) {
        this.forms = forms.stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    static Redactor of(Collection<String> secrets) {
        TreeSet<String> forms = new TreeSet<>();
        for (String secret : secrets) {
            addForms(forms, secret);
            addForms(forms, MachineLine.unescape(secret));
        }
        return new Redactor(forms);
    }

    private static void addForms(TreeSet<String> forms, String secret) {
        forms.add(secret);
        String json = TextNode.valueOf(secret).toString();
        forms.add(json.substring(1, json.length() - 1));
        forms.add(URLEncoder.encode(secret, StandardCharsets.UTF_8));
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        forms.add(Base64.getEncoder().encodeToString(bytes));
        forms.add(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
        secret.lines().filter(line -> line.length() >= SHORTEST_LINE).forEach(forms::add);
    }

    String redact(String text) {
        String clean = text;
        for (String form : forms) {
            clean = clean.replace(form, REDACTED);
        }
        return clean;
    }

    /** The beginning of a longer text: a secret that its end cuts is taken out with it. */
    String redactBeginning(String text) {
        int longest = forms.isEmpty() ? 0 : forms.get(0).length() - 1;
        String clean = redact(text);
        return clean.substring(0, Math.max(0, clean.length() - longest));
    }

    /** The same tree with every text redacted, names of fields included. */
    JsonNode redact(JsonNode tree) {
        if (tree instanceof ObjectNode object) {
            ObjectNode clean = JsonNodeFactory.instance.objectNode();
            object.properties().forEach(field -> clean.set(redact(field.getKey()), redact(field.getValue())));
            return clean;
        }
        if (tree instanceof ArrayNode array) {
            ArrayNode clean = JsonNodeFactory.instance.arrayNode();
            array.forEach(value -> clean.add(redact(value)));
            return clean;
        }
        return tree.isTextual() ? TextNode.valueOf(redact(tree.textValue())) : tree;
    }
}
