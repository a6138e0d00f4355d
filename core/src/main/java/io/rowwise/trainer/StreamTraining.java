package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.dataset.CellException;
import io.rowwise.dataset.LabelledRows;
import io.rowwise.dataset.LabelledStream;
import io.rowwise.dataset.TableEncoding;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleConsumer;

/**
 * One training of a {@link SoftmaxTrainer} on rows that do not fit into memory: they are read to be
 * known, and once more to be written as numbers into a file, which the solver reads.
 */
final class StreamTraining {
  private final SoftmaxTrainer trainer;
  private final SoftmaxTrainer.Settings settings;
  private final Backend backend;
  private final DiskSpace space;
  private final ProgressListener listener;

  StreamTraining(
      SoftmaxTrainer trainer, Backend backend, DiskSpace space, ProgressListener listener) {
    this.trainer = trainer;
    this.settings = trainer.settings();
    this.backend = backend;
    this.space = space;
    this.listener = listener;
  }

  Fit fit(LabelledStream rows) throws IOException {
    Optional<TableEncoding> known = TrainingPlan.knownEncoding(settings);
    List<String> knownClasses = settings.start.map(model -> model.card().classNames()).orElse(null);
    Survey survey = survey(rows, knownClasses, known.isEmpty());
    LabelledRows apart = settings.validationRows.orElse(null);
    Survey ofApart = apart == null ? null : surveyApart(apart, survey.classNames());
    TrainingPlan plan = new TrainingPlan(trainer, survey, Optional.ofNullable(ofApart));
    RowPlaces places = new RowPlaces(plan, survey.rows());
    Standardization standardization =
        settings.standardize
            ? standardization(rows, plan.encoding(), places)
            : plan.divisionOrNull();
    try (RowFile train = file(plan, places.trained(), plan.hasWeights());
        RowFile kept = keptFile(plan, places, survey, ofApart)) {
      copy(rows, plan, standardization, places, train, apart == null ? kept : null);
      int[] labels = survey.labels();
      train.writeTargets(
          place -> labels[places.trainedRow(place)],
          place -> plan.weight(places.trainedRow(place)));
      if (apart != null) {
        copyApart(apart, plan, standardization, new RowPlaces(ofApart.rows()), kept);
        kept.writeTargets(place -> ofApart.labels()[place], place -> ofApart.weights()[place]);
      } else if (kept != null) {
        int[] heldOut = plan.heldOutOrNull();
        kept.writeTargets(
            place -> labels[heldOut[place]], place -> survey.weights()[heldOut[place]]);
      }
      try (Samples samples = samples(train, plan);
          Samples validation = kept == null ? null : samples(kept, plan)) {
        return plan.fit(rows.labelName(), standardization, samples, validation, listener);
      }
    }
  }

  private Survey survey(LabelledRows rows, List<String> knownClasses, boolean isEncodingWanted)
      throws IOException {
    return new Survey(
        rows,
        knownClasses,
        () -> isEncodingWanted ? settings.newEncoding() : null,
        telling(Preparation.READING));
  }

  private Survey surveyApart(LabelledRows rows, List<String> classNames) throws IOException {
    try {
      return survey(rows, classNames, false);
    } catch (CellException e) {
      throw e.ofValidation();
    }
  }

  private DoubleConsumer telling(Preparation step) {
    return fraction -> listener.onPreparation(step, fraction);
  }

  private RowFile file(TrainingPlan plan, int rows, boolean hasWeights) throws IOException {
    return new RowFile(space.folder(), settings.type, rows, plan.encoding().features(), hasWeights);
  }

  private RowFile keptFile(TrainingPlan plan, RowPlaces places, Survey survey, Survey apart)
      throws IOException {
    if (apart != null) {
      return file(plan, apart.rows(), apart.weights() != null);
    }
    return places.heldOut() == 0 ? null : file(plan, places.heldOut(), survey.weights() != null);
  }

  private Samples samples(RowFile file, TrainingPlan plan) throws IOException {
    return new FileSamples(backend, file, plan.classNames().size(), space.blockBytes());
  }

  private Standardization standardization(
      LabelledRows rows, TableEncoding encoding, RowPlaces places) throws IOException {
    FeatureSums sums = new FeatureSums(encoding.features());
    EncodedRows.read(
        rows,
        encoding,
        places.rows(),
        telling(Preparation.STANDARDIZING),
        (first, encoded, count) -> {
          for (int i = 0; i < count; i++) {
            if (!places.isHeldOut(first + i)) {
              sums.add(encoded, i, 1);
            }
          }
        });
    return Standardization.of(sums);
  }

  private void copyApart(
      LabelledRows rows,
      TrainingPlan plan,
      Standardization standardization,
      RowPlaces places,
      RowFile kept)
      throws IOException {
    try {
      copy(rows, plan, standardization, places, kept, null);
    } catch (CellException e) {
      throw e.ofValidation();
    }
  }

  /**
   * Writes the features of rows.
   *
   * @param heldOut for rows that are; null if there are none
   */
  private void copy(
      LabelledRows rows,
      TrainingPlan plan,
      Standardization standardization,
      RowPlaces places,
      RowFile train,
      RowFile heldOut)
      throws IOException {
    EncodedRows.read(
        rows,
        plan.encoding(),
        places.rows(),
        telling(Preparation.COPYING),
        (first, encoded, count) -> {
          if (standardization != null) {
            standardization.apply(encoded, count);
          }
          if (places.areAllTrained()) {
            train.write(first, encoded, 0, count);
            return;
          }
          for (int i = 0; i < count; i++) {
            int place = places.of(first + i);
            if (places.isHeldOut(first + i)) {
              heldOut.write(place - places.trained(), encoded, i, 1);
            } else if (place >= 0) {
              train.write(place, encoded, i, 1);
            }
          }
        });
  }
}
