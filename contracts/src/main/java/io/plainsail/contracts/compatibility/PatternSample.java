package io.plainsail.contracts.compatibility;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Texts in which a regular expression is found: short ones, for trying. Reads what patterns in schemas usually are made of;
 * of others it gives none. What it gives is checked against the pattern itself.
 */
final class PatternSample {
    private static final int MAX_LENGTH = 400;

    private final String pattern;
    private final int variant;
    private int at;

    private PatternSample(String pattern, int variant) {
        this.pattern = pattern;
        this.variant = variant;
    }

    private static final class StrangeException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        StrangeException() {
            super(null, null, false, false);
        }
    }

    static List<String> of(String pattern) {
        Set<String> found = new LinkedHashSet<>();
        for (int variant = 0; variant < 4; variant++) {
            try {
                PatternSample reading = new PatternSample(pattern, variant);
                String text = reading.alternatives();
                if (reading.at == pattern.length() && text.length() <= MAX_LENGTH && Patterns.find(pattern, text)) {
                    found.add(text);
                }
            } catch (StrangeException | Patterns.UnreadableException e) {
                // None of this kind.
            }
        }
        return List.copyOf(found);
    }

    private String alternatives() {
        List<String> all = new ArrayList<>(List.of(sequence()));
        while (at < pattern.length() && pattern.charAt(at) == '|') {
            at++;
            all.add(sequence());
        }
        return all.get(variant % all.size());
    }

    private String sequence() {
        StringBuilder text = new StringBuilder();
        while (at < pattern.length() && pattern.charAt(at) != '|' && pattern.charAt(at) != ')') {
            String piece = atom();
            int[] times = times();
            int repeats = variant % 2 == 0 ? times[0] : Math.min(times[1], times[0] + 1 + variant);
            if ((long) piece.length() * repeats + text.length() > MAX_LENGTH) {
                throw new StrangeException();
            }
            text.append(piece.repeat(repeats));
        }
        return text.toString();
    }

    private String atom() {
        char c = pattern.charAt(at++);
        return switch (c) {
            case '^', '$' -> "";
            case '.' -> variant < 2 ? "a" : "-";
            case '[' -> characterClass();
            case '(' -> group();
            case '\\' -> escape(next());
            case '*', '+', '?', '{' -> throw new StrangeException();
            default -> String.valueOf(c);
        };
    }

    private char next() {
        if (at >= pattern.length()) {
            throw new StrangeException();
        }
        return pattern.charAt(at++);
    }

    private String group() {
        if (pattern.startsWith("?:", at)) {
            at += 2;
        } else if (at < pattern.length() && pattern.charAt(at) == '?') {
            throw new StrangeException();
        }
        String inside = alternatives();
        if (next() != ')') {
            throw new StrangeException();
        }
        return inside;
    }

    private String escape(char c) {
        return switch (c) {
            case 'd' -> variant < 2 ? "0" : "7";
            case 'w' -> variant < 2 ? "a" : "_";
            case 's' -> " ";
            case 'S', 'D' -> "a";
            case 'W' -> "-";
            case 'n' -> "\n";
            case 't' -> "\t";
            case 'r' -> "\r";
            default -> {
                if (Character.isLetterOrDigit(c)) {
                    throw new StrangeException();
                }
                yield String.valueOf(c);
            }
        };
    }

    private String characterClass() {
        int from = at - 1;
        boolean first = true;
        while (first || pattern.charAt(at) != ']') {
            first = false;
            if (next() == '\\') {
                next();
            }
            if (at >= pattern.length()) {
                throw new StrangeException();
            }
        }
        String whole = pattern.substring(from, ++at);
        List<String> fitting = new ArrayList<>();
        for (char c = ' '; c <= '~'; c++) {
            if (Patterns.find("^" + whole + "$", String.valueOf(c))) {
                fitting.add(String.valueOf(c));
            }
        }
        if (fitting.isEmpty()) {
            throw new StrangeException();
        }
        return switch (variant) {
            case 0 -> fitting.get(0);
            case 1 -> fitting.get(fitting.size() - 1);
            default -> fitting.get(fitting.size() / 2);
        };
    }

    /** Least and most of what was just read. */
    private int[] times() {
        if (at >= pattern.length()) {
            return new int[] {1, 1};
        }
        int[] times =
                switch (pattern.charAt(at)) {
                    case '*' -> new int[] {0, Integer.MAX_VALUE};
                    case '+' -> new int[] {1, Integer.MAX_VALUE};
                    case '?' -> new int[] {0, 1};
                    case '{' -> null;
                    default -> new int[] {1, 1};
                };
        if (times == null) {
            int end = pattern.indexOf('}', at);
            String[] numbers =
                    end < 0 ? new String[0] : pattern.substring(at + 1, end).split(",", -1);
            try {
                int least = Integer.parseInt(numbers[0]);
                times = new int[] {
                    least,
                    numbers.length == 1
                            ? least
                            : numbers[1].isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(numbers[1])
                };
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                throw new StrangeException();
            }
            at = end + 1;
        } else if (!(times[0] == 1 && times[1] == 1)) {
            at++;
        }
        if (at < pattern.length() && (pattern.charAt(at) == '?' || pattern.charAt(at) == '+')) {
            at++;
        }
        return times;
    }
}
