package io.rowwise.model;

import io.rowwise.classifier.TrainingOptions;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.file.Quoted;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What a model's classes are called, and what made the model. Everything is optional; immutable:
 * each setting gives another card.
 *
 * @param classNames a name for each class, in order; empty if they have none
 * @param seed what the starting parameters were drawn with
 * @param training how it was trained
 * @param dataDigest what tells the training data from others, such as {@code sha256:9f86d0...} of
 *     their file
 * @param device what it was trained on, as {@code -Dbackend} names it: {@code cpu}, {@code cuda:0}
 * @param version the version of Rowwise that trained it
 * @param label what the column of the classes was called
 * @param encoding how a table's columns become the rows that the model takes; it says what its
 *     features are called
 * @param facts further numbers and words by name, such as the penalty
 */
public record ModelCard(
    List<String> classNames,
    OptionalLong seed,
    Optional<TrainingOptions> training,
    Optional<String> dataDigest,
    Optional<String> device,
    Optional<String> version,
    Optional<String> label,
    Optional<TableEncoding> encoding,
    Map<String, String> facts) {
  private static final ModelCard EMPTY =
      new ModelCard(
          List.of(),
          OptionalLong.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Map.of());

  /**
   * Copies {@code classNames} and {@code facts}.
   *
   * @throws IllegalArgumentException if a text is not Unicode: half of a surrogate pair
   */
  public ModelCard {
    classNames = List.copyOf(classNames);
    classNames.forEach(ModelCard::requireUnicode);
    Objects.requireNonNull(seed, "seed");
    Objects.requireNonNull(training, "training");
    dataDigest.ifPresent(ModelCard::requireUnicode);
    device.ifPresent(ModelCard::requireUnicode);
    version.ifPresent(ModelCard::requireUnicode);
    label.ifPresent(ModelCard::requireUnicode);
    encoding.ifPresent(columns -> columns.featureNames().forEach(ModelCard::requireUnicode));
    facts = Collections.unmodifiableSortedMap(new TreeMap<>(facts));
    facts.forEach(
        (name, fact) -> {
          requireUnicode(name);
          requireUnicode(fact);
        });
  }

  /** A card that says nothing. */
  public static ModelCard empty() {
    return EMPTY;
  }

  /** With a name for each class, in order. */
  public ModelCard classNames(List<String> newNames) {
    return new ModelCard(
        newNames, seed, training, dataDigest, device, version, label, encoding, facts);
  }

  /** With what the starting parameters were drawn with. */
  public ModelCard seed(long newSeed) {
    return new ModelCard(
        classNames,
        OptionalLong.of(newSeed),
        training,
        dataDigest,
        device,
        version,
        label,
        encoding,
        facts);
  }

  /** With how it was trained. */
  public ModelCard training(TrainingOptions options) {
    return new ModelCard(
        classNames,
        seed,
        Optional.of(options),
        dataDigest,
        device,
        version,
        label,
        encoding,
        facts);
  }

  /** With what tells the training data from others. */
  public ModelCard dataDigest(String digest) {
    return new ModelCard(
        classNames, seed, training, Optional.of(digest), device, version, label, encoding, facts);
  }

  /** With what it was trained on. */
  public ModelCard device(String id) {
    return new ModelCard(
        classNames, seed, training, dataDigest, Optional.of(id), version, label, encoding, facts);
  }

  /** With the version of Rowwise that trained it. */
  public ModelCard version(String newVersion) {
    return new ModelCard(
        classNames,
        seed,
        training,
        dataDigest,
        device,
        Optional.of(newVersion),
        label,
        encoding,
        facts);
  }

  /** With what the column of the classes was called. */
  public ModelCard label(String column) {
    return new ModelCard(
        classNames,
        seed,
        training,
        dataDigest,
        device,
        version,
        Optional.of(column),
        encoding,
        facts);
  }

  /** With how a table's columns become the rows that the model takes. */
  public ModelCard encoding(TableEncoding columns) {
    return new ModelCard(
        classNames,
        seed,
        training,
        dataDigest,
        device,
        version,
        label,
        Optional.of(columns),
        facts);
  }

  /** With a further number or word, in place of one of that name. */
  public ModelCard fact(String name, String fact) {
    Map<String, String> more = new TreeMap<>(facts);
    more.put(name, fact);
    return new ModelCard(
        classNames, seed, training, dataDigest, device, version, label, encoding, more);
  }

  /** What the features are called, in order; empty if they have no names. */
  public List<String> featureNames() {
    return encoding.map(TableEncoding::featureNames).orElse(List.of());
  }

  private static void requireUnicode(String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException(
          "model card: %s has half of a surrogate pair, wanted Unicode text"
              .formatted(Quoted.of(text)));
    }
  }
}
