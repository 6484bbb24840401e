package io.plainsail.contracts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.plainsail.contracts.json.InvalidJsonException;
import io.plainsail.contracts.json.StrictJson;
import java.io.IOException;
import java.io.InputStream;

/**
 * Loads a contract from the three files that a worker service keeps in its own module:
 * {@code contracts/<type>/v<N>/contract.yaml}, {@code input.schema.json} and {@code output.schema.json}.
 */
public final class ContractLoader {
    private ContractLoader() {}

    /**
     * Loads and checks one contract from the class path.
     *
     * @param owner a class of the module whose resources hold the contract
     * @throws InvalidContractException naming the file, the field and the rule
     */
    public static Contract fromClassPath(Class<?> owner, String type, int version) {
        String directory = "/contracts/" + type + "/v" + version + "/";
        ObjectNode document = StrictJson.mapper().createObjectNode();
        document.put("type", type);
        document.put("version", version);
        JsonNode policy = yaml(owner, directory + "contract.yaml");
        if (!(policy instanceof ObjectNode fields)) {
            throw new InvalidContractException(directory + "contract.yaml: must be a mapping");
        }
        document.setAll(fields);
        document.set("inputSchema", json(owner, directory + "input.schema.json"));
        document.set("outputSchema", json(owner, directory + "output.schema.json"));
        return ContractFormat.read(document);
    }

    private static JsonNode yaml(Class<?> owner, String path) {
        try {
            return new YAMLMapper().readTree(bytes(owner, path));
        } catch (IOException e) {
            throw new InvalidContractException(path + ": not YAML: " + e.getMessage(), e);
        }
    }

    private static JsonNode json(Class<?> owner, String path) {
        try {
            return StrictJson.read(bytes(owner, path));
        } catch (InvalidJsonException e) {
            throw new InvalidContractException(path + ": " + e.getMessage(), e);
        }
    }

    private static byte[] bytes(Class<?> owner, String path) {
        try (InputStream in = owner.getResourceAsStream(path)) {
            if (in == null) {
                throw new InvalidContractException(path + ": no such resource beside " + owner.getName());
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new InvalidContractException(path + ": cannot be read: " + e.getMessage(), e);
        }
    }
}
