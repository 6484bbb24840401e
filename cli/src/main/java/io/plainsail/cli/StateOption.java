package io.plainsail.cli;

import io.plainsail.client.JobFilter;
import io.plainsail.client.JobState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** In which states jobs are meant. */
final class StateOption {
    private static final List<JobState> KNOWN = Arrays.stream(JobState.values())
            .filter(state -> state != JobState.UNKNOWN)
            .toList();

    @Option(
            names = "--state",
            paramLabel = "STATE",
            completionCandidates = Words.class,
            converter = Words.class,
            description = "In this state (${COMPLETION-CANDIDATES}); may be repeated.")
    private List<JobState> states = new ArrayList<>();

    JobFilter in(JobFilter filter) {
        return filter.state(states.toArray(new JobState[0]));
    }

    boolean any() {
        return !states.isEmpty();
    }

    /** As the API writes them. */
    static final class Words implements Iterable<String>, ITypeConverter<JobState> {
        @Override
        public Iterator<String> iterator() {
            return KNOWN.stream().map(JobState::word).iterator();
        }

        @Override
        public JobState convert(String word) {
            return KNOWN.stream()
                    .filter(state -> state.word().equals(word))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("\"" + word + "\" is no state: known are "
                            + KNOWN.stream().map(JobState::word).toList()));
        }
    }
}
