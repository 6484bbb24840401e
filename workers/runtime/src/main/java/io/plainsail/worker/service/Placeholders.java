package io.plainsail.worker.service;

import java.util.Map;

/** <code>${NAME}</code> and <code>${NAME:-default}</code> in configured text, as a shell reads them. */
final class Placeholders {
    private Placeholders() {}

    /**
     * The text with each placeholder replaced by the environment variable, or by its default where that is unset or
     * empty. Replaced text is not looked at again. {@code $$} before a brace stands for a dollar sign.
     *
     * @param where named in the error
     * @throws InvalidConfigException if a variable without default is not set, or a placeholder does not end
     */
    static String fill(String text, String where, Map<String, String> environment) {
        int at = text.indexOf("${");
        if (at < 0) {
            return text;
        }
        StringBuilder filled = new StringBuilder();
        int from = 0;
        while (at >= 0) {
            boolean literal = at > from && text.charAt(at - 1) == '$';
            if (literal) {
                filled.append(text, from, at - 1).append("${");
                from = at + 2;
            } else {
                int end = text.indexOf('}', at);
                if (end < 0) {
                    throw new InvalidConfigException(
                            where + " is \"" + text + "\": a placeholder must end with }, as in ${NAME:-default}");
                }
                filled.append(text, from, at).append(value(text.substring(at + 2, end), where, environment));
                from = end + 1;
            }
            at = text.indexOf("${", from);
        }
        return filled.append(text, from, text.length()).toString();
    }

    private static String value(String placeholder, String where, Map<String, String> environment) {
        int split = placeholder.indexOf(":-");
        String name = split < 0 ? placeholder : placeholder.substring(0, split);
        String value = environment.get(name);
        if (value != null && !value.isEmpty()) {
            return value;
        }
        if (split < 0) {
            throw new InvalidConfigException(where + " is \"${" + placeholder
                    + "}\": the environment variable is not set and has no default here");
        }
        return placeholder.substring(split + 2);
    }
}
