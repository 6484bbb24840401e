package io.plainsail.facade.description;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.messaging.Delay;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.amqp.AmqpTopology;
import java.util.List;

/** The wire as an AsyncAPI 3 document, from a worker's point of view: each exchange, each queue and what travels in them. */
final class AsyncApi {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String SCHEMAS = "#/components/schemas/";
    private static final String MESSAGES = "#/components/messages/";
    private static final String BINDING = "0.3.0";
    private static final String DIALECT = "application/schema+json;version=draft-2020-12";

    /** Schemas that the two documents share. */
    private static final List<String> SHARED = List.of(
            "Contract",
            "Digest",
            "Duration",
            "EffectClass",
            "ErrorCategory",
            "JobTypeName",
            "JobTypeVersion",
            "Time",
            "Worker");

    /** In the names of exchanges and keys; any one does. */
    private static final JobType ANY = new JobType("any.type", 1);

    ObjectNode document(JobTypeSchemas types) {
        ObjectNode document = Template.read("asyncapi.yaml");
        ObjectNode components = (ObjectNode) document.remove("components");
        ObjectNode schemas = (ObjectNode) components.get("schemas");
        JsonNode shared = Template.read("components.yaml").get("schemas");
        SHARED.forEach(name -> schemas.set(name, shared.get(name)));
        ObjectNode channels = document.putObject("channels");
        ObjectNode operations = document.putObject("operations");
        exchanges(channels, operations);
        for (Contract contract : types.described()) {
            describe(contract, channels, operations, components);
        }
        if (types.left() > 0) {
            ObjectNode info = (ObjectNode) document.get("info");
            info.put(
                    "description",
                    info.get("description").asText() + " The queues of " + types.left()
                            + " more job types are not listed here.");
        }
        document.set("components", components);
        return document;
    }

    private static void exchanges(ObjectNode channels, ObjectNode operations) {
        Destination jobs = Destination.jobs(ANY);
        ObjectNode released = exchange(channels, "jobs", AmqpTopology.exchange(jobs), "direct", "job");
        ofTypes(released, "Where the facade publishes attempts; to each type's queue by its key.");
        ObjectNode rested = exchange(channels, "rested", AmqpTopology.restedExchange(), "direct", "job");
        ofTypes(
                rested,
                "Where attempts go that have rested; a type's queue is bound to it like to the first exchange.");
        for (Delay delay : Delay.values()) {
            Destination destination = Destination.delayed(ANY, delay);
            String name = "delay." + delay.length().toSeconds() + "s";
            ObjectNode channel = exchange(channels, name, AmqpTopology.exchange(destination), "fanout", "job");
            ofTypes(
                    channel,
                    "What is published here comes to its type's queue " + delay.length() + " later, or after that.");
            channel.set("x-queue-arguments", json(AmqpTopology.queueArguments(destination)));
            send(operations, "rest." + delay.length().toSeconds() + "s", name, "job")
                    .put("description", "Let an attempt rest for " + delay.length() + ".");
        }
        Destination events = Destination.events();
        exchange(channels, "events", AmqpTopology.exchange(events), "direct", "events")
                .put("address", AmqpTopology.routingKey(events))
                .put("description", "Where workers report.");
        send(operations, "report", "events", "events").put("description", "Tell what became of attempts.");
        Destination dead = Destination.dead();
        queue(channels, "dead", dead, "job").put("description", "Rejected attempts, and those delivered too often.");
    }

    private static void ofTypes(ObjectNode channel, String description) {
        channel.put("address", "{key}").put("description", description);
        channel.putObject("parameters")
                .putObject("key")
                .put("description", "A job type's name and version, such as webhook.deliver.v1: the routing key.");
    }

    private static ObjectNode exchange(ObjectNode channels, String name, String exchange, String kind, String message) {
        ObjectNode channel = channels.putObject(name);
        channel.putObject("messages").putObject(message).put("$ref", MESSAGES + message);
        ObjectNode binding = channel.putObject("bindings").putObject("amqp");
        binding.put("is", "routingKey");
        binding.putObject("exchange")
                .put("name", exchange)
                .put("type", kind)
                .put("durable", true)
                .put("autoDelete", false)
                .put("vhost", "/");
        binding.put("bindingVersion", BINDING);
        return channel;
    }

    private static ObjectNode queue(ObjectNode channels, String name, Destination destination, String message) {
        String queue = AmqpTopology.queue(destination);
        ObjectNode channel = channels.putObject(name).put("address", queue);
        channel.putObject("messages").putObject(message).put("$ref", MESSAGES + message);
        channel.set("x-queue-arguments", json(AmqpTopology.queueArguments(destination)));
        ObjectNode binding = channel.putObject("bindings").putObject("amqp");
        binding.put("is", "queue");
        binding.putObject("queue")
                .put("name", queue)
                .put("durable", true)
                .put("exclusive", false)
                .put("autoDelete", false)
                .put("vhost", "/");
        binding.put("bindingVersion", BINDING);
        return channel;
    }

    private static ObjectNode send(ObjectNode operations, String name, String channel, String message) {
        ObjectNode operation = operation(operations, name, "send", channel, message);
        operation
                .putObject("bindings")
                .putObject("amqp")
                .put("deliveryMode", 2)
                .put("mandatory", true)
                .put("bindingVersion", BINDING);
        return operation;
    }

    private static ObjectNode operation(
            ObjectNode operations, String name, String action, String channel, String message) {
        ObjectNode operation = operations.putObject(name).put("action", action);
        operation.putObject("channel").put("$ref", "#/channels/" + channel);
        operation.putArray("messages").addObject().put("$ref", "#/channels/" + channel + "/messages/" + message);
        return operation;
    }

    private static void describe(Contract contract, ObjectNode channels, ObjectNode operations, ObjectNode components) {
        String key = contract.jobType().key();
        String message = key + ".job";
        Destination jobs = Destination.jobs(contract.jobType());
        queue(channels, key, jobs, message)
                .put("title", contract.title())
                .put(
                        "description",
                        contract.description() + "\n\nBound to " + AmqpTopology.exchange(jobs) + " and "
                                + AmqpTopology.restedExchange() + " by " + AmqpTopology.routingKey(jobs) + ".");
        ObjectNode take = operation(operations, "take." + key, "receive", key, message);
        take.put("description", "Take an attempt at a job of " + contract.jobType() + ".");
        take.putObject("bindings").putObject("amqp").put("ack", true).put("bindingVersion", BINDING);

        ObjectNode messages = (ObjectNode) components.get("messages");
        ObjectNode job = messages.get("job").deepCopy();
        job.put("name", message).put("title", contract.title());
        job.putObject("headers").put("$ref", SCHEMAS + key + ".headers");
        job.putObject("payload").put("$ref", SCHEMAS + key + ".input");
        ArrayNode examples = job.putArray("examples");
        contract.examples()
                .forEach(example ->
                        examples.addObject().put("name", example.name()).set("payload", example.input()));
        messages.set(message, job);

        ObjectNode schemas = (ObjectNode) components.get("schemas");
        schemas.set(key + ".headers", headers(contract.jobType()));
        schemas.set(key + ".input", schema(key + ".input", contract, contract.inputSchema()));
        schemas.set(key + ".output", schema(key + ".output", contract, contract.outputSchema()));
    }

    private static ObjectNode headers(JobType type) {
        ObjectNode headers = JSON.objectNode().put("type", "object");
        headers.putArray("allOf").addObject().put("$ref", SCHEMAS + "JobHeaders");
        ObjectNode properties = headers.putObject("properties");
        properties.putObject("cloudEvents_plainsailtype").put("const", type.name());
        properties.putObject("cloudEvents_plainsailversion").put("const", Integer.toString(type.version()));
        return headers;
    }

    /** AsyncAPI's own schemas are of an older draft than the contracts', which name theirs. */
    private static ObjectNode schema(String name, Contract contract, JsonNode schema) {
        ObjectNode formatted = JSON.objectNode().put("schemaFormat", DIALECT);
        formatted.set("schema", JobTypeSchemas.embedded(contract, schema, SCHEMAS + name + "/schema"));
        return formatted;
    }

    private static JsonNode json(Object value) {
        return StrictJson.mapper().valueToTree(value);
    }
}
