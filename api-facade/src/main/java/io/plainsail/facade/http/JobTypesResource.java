package io.plainsail.facade.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.InvalidContractException;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.Violation;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.facade.contracts.ContractCheck;
import io.plainsail.facade.contracts.ContractRegistry;
import io.plainsail.facade.job.OverloadedException;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;

/** The contracts that workers announced, and what would come of another one. */
@Path("/v1/job-types")
@Produces(MediaType.APPLICATION_JSON)
public final class JobTypesResource {
    /** A contract is never longer. */
    static final int MAX_CONTRACT_BYTES = 1024 * 1024;

    /** So long the jobs that are there are looked at; what is left then is said to be. */
    private static final Duration CHECK_AT_MOST = Duration.ofSeconds(25);

    private final ContractRegistry contracts;
    private final ContractCheck checks;
    private final Semaphore checking = new Semaphore(1);

    public JobTypesResource(ContractRegistry contracts, ContractCheck checks) {
        this.contracts = contracts;
        this.checks = checks;
    }

    @GET
    public Map<String, List<Summary>> all() {
        return Map.of("jobTypes", contracts.all().stream().map(Summary::of).toList());
    }

    record Summary(String type, int version, String title, String effectClass, String digest, String href) {
        static Summary of(Contract contract) {
            JobType type = contract.jobType();
            return new Summary(
                    type.name(),
                    type.version(),
                    contract.title(),
                    contract.effectClass().name().toLowerCase(java.util.Locale.ROOT),
                    contract.digest(),
                    "/v1/job-types/" + type.name() + "/v" + type.version());
        }
    }

    /** The whole contract, schemas and examples included. */
    @GET
    @Path("/{type}/v{version: [0-9]{1,4}}")
    public JsonNode one(@PathParam("type") String type, @PathParam("version") int version) {
        if (!JobType.isName(type) || version < 1) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no worker has announced this job type");
        }
        return contracts
                .find(new JobType(type, version))
                .map(known -> (JsonNode) ContractFormat.write(known.contract()))
                .orElseThrow(
                        () -> new ProblemException(Problem.Kind.NOT_FOUND, "no worker has announced this job type"));
    }

    /**
     * Tells what would come of it if a worker announced this contract, the whole document: {@code compatible},
     * {@code incompatible} or {@code undecided}, with reasons, and how many of the jobs that are there would break. Changes
     * nothing. One at a time.
     */
    @POST
    @Path("/{type}/check")
    @Consumes(MediaType.APPLICATION_JSON)
    public JsonNode check(@PathParam("type") String type, InputStream body) throws IOException {
        Contract contract = contract(ClaimsResource.read(body, MAX_CONTRACT_BYTES));
        if (!contract.jobType().name().equals(type)) {
            throw invalid(new Violation(
                    "/type", "const", "type is \"" + contract.jobType().name() + "\": the path names " + type));
        }
        if (!checking.tryAcquire()) {
            throw new OverloadedException("another contract is being checked at this moment", 5);
        }
        try {
            return checks.check(contract, CHECK_AT_MOST, progress -> {}).toJson();
        } finally {
            checking.release();
        }
    }

    private static Contract contract(byte[] body) {
        JsonNode document = StrictJson.read(body);
        if (!document.isObject()) {
            throw invalid(new Violation("", "type", "a contract must be a JSON object"));
        }
        try {
            return ContractFormat.read(document);
        } catch (InvalidContractException e) {
            throw invalid(new Violation(e.pointer(), "contract", String.valueOf(e.getMessage())));
        }
    }

    private static ProblemException invalid(Violation violation) {
        return new ProblemException(Problem.Kind.INVALID_CONTRACT, violation.detail(), List.of(violation));
    }
}
