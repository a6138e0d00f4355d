/**
 * The softmax classifier: multinomial logistic regression, trained by mini-batches on whatever
 * backend it is given.
 */
package io.rowwise.classifier;
