package io.rowwise.model;

import io.rowwise.classifier.TrainingOptions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

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
 */
public record ModelCard(
    List<String> classNames,
    OptionalLong seed,
    Optional<TrainingOptions> training,
    Optional<String> dataDigest,
    Optional<String> device,
    Optional<String> version) {
  private static final ModelCard EMPTY =
      new ModelCard(
          List.of(),
          OptionalLong.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  /**
   * Copies {@code classNames}.
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
  }

  /** A card that says nothing. */
  public static ModelCard empty() {
    return EMPTY;
  }

  /** With a name for each class, in order. */
  public ModelCard classNames(List<String> newNames) {
    return new ModelCard(newNames, seed, training, dataDigest, device, version);
  }

  /** With what the starting parameters were drawn with. */
  public ModelCard seed(long newSeed) {
    return new ModelCard(
        classNames, OptionalLong.of(newSeed), training, dataDigest, device, version);
  }

  /** With how it was trained. */
  public ModelCard training(TrainingOptions options) {
    return new ModelCard(classNames, seed, Optional.of(options), dataDigest, device, version);
  }

  /** With what tells the training data from others. */
  public ModelCard dataDigest(String digest) {
    return new ModelCard(classNames, seed, training, Optional.of(digest), device, version);
  }

  /** With what it was trained on. */
  public ModelCard device(String id) {
    return new ModelCard(classNames, seed, training, dataDigest, Optional.of(id), version);
  }

  /** With the version of Rowwise that trained it. */
  public ModelCard version(String newVersion) {
    return new ModelCard(classNames, seed, training, dataDigest, device, Optional.of(newVersion));
  }

  private static void requireUnicode(String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException(
          "model card: %s has half of a surrogate pair, wanted Unicode text"
              .formatted(Quoted.of(text)));
    }
  }
}
