package io.rowwise.model;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.rowwise.classifier.TrainingOptions;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.file.Quoted;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** A card as the texts that safetensors and ONNX keep beside a model. */
final class CardMetadata {
  private static final String CLASS_NAMES = "rowwise.class_names";
  private static final String SEED = "rowwise.seed";
  private static final String EPOCHS = "rowwise.epochs";
  private static final String LEARNING_RATE = "rowwise.learning_rate";
  private static final String BATCH_ROWS = "rowwise.batch_rows";
  private static final String DATA_DIGEST = "rowwise.data_digest";
  private static final String DEVICE = "rowwise.device";
  private static final String VERSION = "rowwise.version";
  private static final String LABEL = "rowwise.label";
  private static final String ENCODING = "rowwise.encoding";
  private static final String FACT = "rowwise.fact.";

  private CardMetadata() {}

  static Map<String, String> of(ModelCard card) throws IOException {
    Map<String, String> metadata = new LinkedHashMap<>();
    if (!card.classNames().isEmpty()) {
      metadata.put(CLASS_NAMES, json(card.classNames()));
    }
    card.seed().ifPresent(seed -> metadata.put(SEED, Long.toString(seed)));
    card.training()
        .ifPresent(
            training -> {
              metadata.put(EPOCHS, Integer.toString(training.epochs()));
              metadata.put(LEARNING_RATE, Double.toString(training.learningRate()));
              metadata.put(BATCH_ROWS, Integer.toString(training.batchRows()));
            });
    card.dataDigest().ifPresent(digest -> metadata.put(DATA_DIGEST, digest));
    card.device().ifPresent(device -> metadata.put(DEVICE, device));
    card.version().ifPresent(version -> metadata.put(VERSION, version));
    card.label().ifPresent(label -> metadata.put(LABEL, label));
    card.encoding().ifPresent(encoding -> metadata.put(ENCODING, encoding.toJson()));
    card.facts().forEach((name, fact) -> metadata.put(FACT + name, fact));
    return metadata;
  }

  /**
   * @param metadata may hold more, which is passed over
   * @param classes how many names there are, if there are any
   */
  static ModelCard card(Map<String, String> metadata, int classes) throws IOException {
    String seed = metadata.get(SEED);
    try {
      return new ModelCard(
          classNames(metadata.get(CLASS_NAMES), classes),
          seed == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(seed)),
          training(metadata),
          Optional.ofNullable(metadata.get(DATA_DIGEST)),
          Optional.ofNullable(metadata.get(DEVICE)),
          Optional.ofNullable(metadata.get(VERSION)),
          Optional.ofNullable(metadata.get(LABEL)),
          encoding(metadata.get(ENCODING)),
          facts(metadata));
    } catch (NumberFormatException e) {
      throw new ModelFormatException(
          SEED + " is " + Quoted.of(seed) + ", wanted a whole number", e);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException("the metadata: " + e.getMessage(), e);
    }
  }

  private static Optional<TableEncoding> encoding(String json) throws ModelFormatException {
    try {
      return Optional.ofNullable(json).map(TableEncoding::ofJson);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(ENCODING + ": " + e.getMessage(), e);
    }
  }

  private static Map<String, String> facts(Map<String, String> metadata) {
    Map<String, String> facts = new LinkedHashMap<>();
    metadata.forEach(
        (key, value) -> {
          if (key.startsWith(FACT)) {
            facts.put(key.substring(FACT.length()), value);
          }
        });
    return facts;
  }

  private static Optional<TrainingOptions> training(Map<String, String> metadata)
      throws ModelFormatException {
    String epochs = metadata.get(EPOCHS);
    String learningRate = metadata.get(LEARNING_RATE);
    String batchRows = metadata.get(BATCH_ROWS);
    if (epochs == null && learningRate == null && batchRows == null) {
      return Optional.empty();
    }
    if (epochs == null || learningRate == null || batchRows == null) {
      throw new ModelFormatException(
          "of %s, %s and %s some are missing, wanted all or none"
              .formatted(EPOCHS, LEARNING_RATE, BATCH_ROWS));
    }
    try {
      return Optional.of(
          new TrainingOptions(
              Integer.parseInt(epochs),
              Double.parseDouble(learningRate),
              Integer.parseInt(batchRows)));
    } catch (NumberFormatException e) {
      throw new ModelFormatException(
          "%s, %s and %s are %s, %s and %s, wanted numbers"
              .formatted(
                  EPOCHS,
                  LEARNING_RATE,
                  BATCH_ROWS,
                  Quoted.of(epochs),
                  Quoted.of(learningRate),
                  Quoted.of(batchRows)),
          e);
    }
  }

  private static String json(List<String> texts) throws IOException {
    StringWriter json = new StringWriter();
    try (JsonGenerator generator = ModelJson.FACTORY.createGenerator(json)) {
      generator.writeStartArray();
      for (String text : texts) {
        generator.writeString(text);
      }
      generator.writeEndArray();
    }
    return json.toString();
  }

  private static List<String> classNames(String json, int classes) throws IOException {
    if (json == null) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    try (JsonParser parser = ModelJson.parser(json)) {
      boolean good = parser.nextToken() == JsonToken.START_ARRAY;
      while (good && parser.nextToken() != JsonToken.END_ARRAY) {
        good = parser.currentToken() == JsonToken.VALUE_STRING && names.size() < classes;
        names.add(parser.getText());
      }
      if (!good || names.size() != classes || parser.nextToken() != null) {
        throw new ModelFormatException(
            String.format(
                Locale.ROOT,
                "%s is %s, wanted a JSON array of %d names, one for each class",
                CLASS_NAMES,
                Quoted.of(json),
                classes));
      }
    } catch (JsonProcessingException e) {
      throw new ModelFormatException(
          CLASS_NAMES + " is not JSON: " + Quoted.of(e.getOriginalMessage()), e);
    }
    return names;
  }
}
