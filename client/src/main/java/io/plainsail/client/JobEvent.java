package io.plainsail.client;

/** What a stream of events tells. */
public sealed interface JobEvent {
    /** Where the stream has come to with this event: {@link Plainsail#events(java.util.UUID, String)} goes on after it. */
    String id();

    /** The job, now and whenever it is another. */
    record Changed(String id, Job job) implements JobEvent {}

    /** A line of its log. */
    record Logged(String id, LogLine line) implements JobEvent {}
}
