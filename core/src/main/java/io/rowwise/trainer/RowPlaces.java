package io.rowwise.trainer;

import java.util.Arrays;

/**
 * Where each row goes: among those to train on, behind them if it is held out, or nowhere. It keeps
 * 4 bytes a row, unless all go where they are. Immutable.
 */
final class RowPlaces {
  private static final int NOWHERE = -1;

  private final int rows;
  private final int[] order;
  private final int trained;
  private final int[] heldOut;
  private final int[] places;

  /** All rows as they are. */
  RowPlaces(int rows) {
    this.rows = rows;
    this.order = null;
    this.trained = rows;
    this.heldOut = null;
    this.places = null;
  }

  /** Of so many rows, as a plan wants them. */
  RowPlaces(TrainingPlan plan, int rows) {
    this.rows = rows;
    this.order = plan.orderOrNull();
    this.trained = order == null ? rows : order.length;
    this.heldOut = plan.heldOutOrNull();
    this.places = order == null ? null : new int[rows];
    if (order != null) {
      Arrays.fill(places, NOWHERE);
      for (int place = 0; place < trained; place++) {
        places[order[place]] = place;
      }
      for (int i = 0; i < heldOut(); i++) {
        places[heldOut[i]] = trained + i;
      }
    }
  }

  /** How many there are. */
  int rows() {
    return rows;
  }

  /** How many are trained on. */
  int trained() {
    return trained;
  }

  /** How many are held out. */
  int heldOut() {
    return heldOut == null ? 0 : heldOut.length;
  }

  /** The rows that are trained on, in their order; null for all, as they are. */
  int[] orderOrNull() {
    return order;
  }

  /** The rows that are held out; null if there are none. */
  int[] heldOutOrNull() {
    return heldOut;
  }

  /** The row that goes to a place among those held out. */
  int heldOutRow(int place) {
    return heldOut[place];
  }

  /** Whether all are trained on, as they are. */
  boolean areAllTrained() {
    return places == null;
  }

  /** Where a row goes, less than 0 for nowhere. */
  int of(int row) {
    return places == null ? row : places[row];
  }

  /** Whether a row is held out. */
  boolean isHeldOut(int row) {
    return of(row) >= trained;
  }

  /** The row that goes to a place among those to train on. */
  int trainedRow(int place) {
    return order == null ? place : order[place];
  }
}
