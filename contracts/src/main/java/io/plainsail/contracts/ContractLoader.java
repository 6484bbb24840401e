package io.plainsail.contracts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.plainsail.contracts.json.InvalidJsonException;
import io.plainsail.contracts.json.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

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
        return load(type, version, directory, path -> bytes(owner, path));
    }

    /**
     * Loads and checks one contract from a directory {@code <type>/v<N>}.
     *
     * @throws InvalidContractException naming the file, the field and the rule
     */
    public static Contract fromDirectory(Path directory) {
        Path whole = directory.toAbsolutePath().normalize();
        String version = String.valueOf(whole.getFileName());
        Path parent = whole.getParent();
        if (!version.matches("v[1-9][0-9]{0,8}") || parent == null || parent.getFileName() == null) {
            throw new InvalidContractException(directory + ": must be called <type>/v<N>, such as text.count/v1");
        }
        return load(
                parent.getFileName().toString(),
                Integer.parseInt(version.substring(1)),
                whole + "/",
                ContractLoader::bytes);
    }

    /** Where files come from. */
    @FunctionalInterface
    private interface Source {
        byte[] read(String path);
    }

    private static Contract load(String type, int version, String directory, Source source) {
        ObjectNode document = StrictJson.mapper().createObjectNode();
        document.put("type", type);
        document.put("version", version);
        JsonNode policy = yaml(source, directory + "contract.yaml");
        if (!(policy instanceof ObjectNode fields)) {
            throw new InvalidContractException(directory + "contract.yaml: must be a mapping");
        }
        document.setAll(fields);
        document.set("inputSchema", json(source, directory + "input.schema.json"));
        document.set("outputSchema", json(source, directory + "output.schema.json"));
        return ContractFormat.read(document);
    }

    private static JsonNode yaml(Source source, String path) {
        try {
            return new YAMLMapper().readTree(source.read(path));
        } catch (IOException e) {
            throw new InvalidContractException(path + ": not YAML: " + e.getMessage(), e);
        }
    }

    private static JsonNode json(Source source, String path) {
        try {
            return StrictJson.read(source.read(path));
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

    private static byte[] bytes(String path) {
        try {
            return Files.readAllBytes(Path.of(path));
        } catch (IOException e) {
            throw new InvalidContractException(path + ": cannot be read: " + e.getMessage(), e);
        }
    }
}
