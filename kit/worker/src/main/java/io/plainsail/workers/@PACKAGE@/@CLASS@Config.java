package io.plainsail.workers.@PACKAGE@;

/**
 * Configuration of the @NAME@ worker. Its defaults stand in {@code @CLASS@Config.yml}.
 *
 * @param greeting what stands before the name, 1 to 100 characters. Default Hello
 */
public record @CLASS@Config(String greeting) {
    public @CLASS@Config {
        if (greeting.isBlank() || greeting.length() > 100) {
            throw new IllegalArgumentException(
                    "greeting is \"" + greeting + "\": must be 1 to 100 characters, not all blank (default Hello)");
        }
    }
}
