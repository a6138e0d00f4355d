/**
 * The conformance contract: what it means to be a backend, as tests.
 *
 * <p>A backend's module extends {@link io.rowwise.backend.contract.BackendContract} and implements
 * one method, which opens the backend. The expected values are not another backend's: they are
 * computed here in double-double arithmetic together with a bound of the error for every element.
 * The {@link io.rowwise.backend.contract.ReferenceBackend} in plain Java passes the contract and
 * shows how little a backend needs.
 */
package io.rowwise.backend.contract;
