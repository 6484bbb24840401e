package io.plainsail.standalone;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The few options of dev and demo. A wrong one ends the process with the usage and exit code 2. */
final class Arguments {
    private final String usage;
    private final Map<String, String> values = new LinkedHashMap<>();
    private final List<String> flags = new ArrayList<>();

    private Arguments(String usage) {
        this.usage = usage;
    }

    static Arguments of(String[] args, String usage) {
        Arguments arguments = new Arguments(usage);
        Deque<String> words = new ArrayDeque<>(List.of(args));
        while (!words.isEmpty()) {
            String word = words.pop();
            boolean hasValue = words.peek() != null && !words.peek().startsWith("--");
            if (!word.startsWith("--")) {
                arguments.refuse("\"" + word + "\" is not an option");
            } else if (hasValue) {
                arguments.values.put(word, words.pop());
            } else {
                arguments.flags.add(word);
            }
        }
        return arguments;
    }

    boolean flag(String name) {
        return flags.remove(name);
    }

    String text(String name, String byDefault) {
        String value = values.remove(name);
        return value == null ? byDefault : value;
    }

    Optional<Path> path(String name) {
        return Optional.ofNullable(values.remove(name)).map(Path::of);
    }

    int number(String name, int byDefault) {
        String value = text(name, Integer.toString(byDefault));
        try {
            int number = Integer.parseInt(value);
            if (number >= 0 && number <= 65_535) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        refuse(name + " is \"" + value + "\": must be 0 to 65535");
        return byDefault;
    }

    /** Refuses whatever nobody asked for. */
    void finish() {
        flags.addAll(values.keySet());
        if (!flags.isEmpty()) {
            refuse("unknown or incomplete option " + flags);
        }
    }

    private void refuse(String what) {
        System.err.println(what);
        System.err.println(usage);
        System.exit(2);
    }
}
