// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

/// Names one recipient of one message in the queue.
///
/// @param index its place in the envelope's list, from 0
public record RecipientId(MessageId message, int index) {}
