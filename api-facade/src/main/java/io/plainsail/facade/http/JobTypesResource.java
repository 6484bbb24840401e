package io.plainsail.facade.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.JobType;
import io.plainsail.facade.contracts.ContractRegistry;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Map;

/** The contracts that workers announced. */
@Path("/v1/job-types")
@Produces(MediaType.APPLICATION_JSON)
public final class JobTypesResource {
    private final ContractRegistry contracts;

    public JobTypesResource(ContractRegistry contracts) {
        this.contracts = contracts;
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
}
