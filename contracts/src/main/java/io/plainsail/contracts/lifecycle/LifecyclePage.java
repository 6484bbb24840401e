package io.plainsail.contracts.lifecycle;

import java.util.stream.Collectors;

/** Renders the transition table as the page {@code docs/job-lifecycle.md}, so that page and code cannot differ. */
public final class LifecyclePage {
    private LifecyclePage() {}

    /** The whole page as Markdown with a Mermaid state diagram. */
    public static String markdown() {
        StringBuilder page = new StringBuilder("""
                # The life of a job

                Rendered from the transition table `io.plainsail.contracts.lifecycle.Trigger`; a test compares the two.
                A trigger that finds a job in any state not listed for it changes nothing: late, stale and repeated
                reports are harmless. Exactly one terminal state is reached, and it is final.

                ```mermaid
                stateDiagram-v2
                    [*] --> queued: accepted
                """);
        for (Trigger trigger : Trigger.values()) {
            for (JobState from : JobState.values()) {
                if (trigger.from().contains(from)) {
                    page.append("    %s --> %s: %s%n"
                            .formatted(from.word(), trigger.to().word(), trigger.label()));
                }
            }
        }
        for (JobState state : JobState.values()) {
            if (state.terminal()) {
                page.append("    %s --> [*]%n".formatted(state.word()));
            }
        }
        page.append("```\n\n| trigger | finds | leaves |\n|---|---|---|\n");
        for (Trigger trigger : Trigger.values()) {
            String from = trigger.from().stream().map(JobState::word).collect(Collectors.joining(", "));
            page.append("| %s | %s | %s |%n"
                    .formatted(trigger.label(), from, trigger.to().word()));
        }
        return page.toString();
    }
}
