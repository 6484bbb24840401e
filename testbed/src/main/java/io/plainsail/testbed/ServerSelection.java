package io.plainsail.testbed;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Which server a test run uses: the first {@link Source} that has one. Where none has, tests are skipped, and fail when
 * the environment says {@code CI=true}: there, a silent skip would look like a pass.
 */
final class ServerSelection {
    /** One way to get a server. */
    @FunctionalInterface
    interface Source<S> {
        /**
         * Starts or reaches the server.
         *
         * @throws TestbedException if the way is open and the server fails: no other source hides that
         */
        Attempt<S> attempt();
    }

    /** What a source answered. */
    sealed interface Attempt<S> {}

    /**
     * A server that is up.
     *
     * @param description such as {@code RabbitMQ 3.10.8 as local process on port 21234}
     */
    record Found<S>(S server, String description) implements Attempt<S> {
        /** The same, and why it is not one of the sources asked before. */
        Found<S> after(List<String> reasons) {
            return new Found<>(server, "%s (%s)".formatted(description, String.join("; ", reasons)));
        }
    }

    /**
     * This way is not open on this machine.
     *
     * @param why in a few words, for the reason of a skipped test
     */
    record Unavailable<S>(String why) implements Attempt<S> {}

    /** The way was open and the server failed; kept, so that not every test class waits for the same failure again. */
    record Failed<S>(TestbedException why) implements Attempt<S> {}

    private ServerSelection() {}

    /**
     * Asks the sources in order until one has a server.
     *
     * @param what the server's name in messages
     * @param install what a developer can do about it
     * @return the server, or why there is none; either with what the sources before it answered
     * @throws TestbedException if none has one and {@code environment} says {@code CI=true}
     */
    static <S> Attempt<S> select(
            String what, String install, Map<String, String> environment, List<Source<S>> sources) {
        List<String> reasons = new ArrayList<>();
        for (Source<S> source : sources) {
            Attempt<S> attempt = source.attempt();
            if (attempt instanceof Found<S> found) {
                return reasons.isEmpty() ? found : found.after(reasons);
            } else if (attempt instanceof Unavailable<S> unavailable) {
                reasons.add(unavailable.why());
            } else {
                return attempt;
            }
        }
        String reason = "no %s for this test (%s). %s".formatted(what, String.join("; ", reasons), install);
        if ("true".equalsIgnoreCase(environment.get("CI"))) {
            throw new TestbedException(reason + " CI=true: this fails the test instead of skipping it.");
        }
        return new Unavailable<>(reason);
    }
}
