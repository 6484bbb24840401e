package io.plainsail.facade.description;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.json.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The part of a document that does not depend on the contracts: YAML beside this class, with anchors and merge keys. */
final class Template {
    private Template() {}

    /** Read anew each time: a document is made seldom, and what is kept for it would be kept for ever. */
    static ObjectNode read(String name) {
        try (InputStream in = Template.class.getResourceAsStream("/description/" + name)) {
            if (in == null) {
                throw new IllegalStateException("description/" + name + " is missing in this jar");
            }
            Object read = new Yaml(new SafeConstructor(new LoaderOptions())).load(in);
            return StrictJson.mapper().valueToTree(read);
        } catch (IOException e) {
            throw new IllegalStateException("description/" + name + " cannot be read", e);
        }
    }
}
