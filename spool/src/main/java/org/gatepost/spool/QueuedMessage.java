// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Instant;

/// A message in the queue, without its content.
///
/// @param size of the content in octets
public record QueuedMessage(MessageId id, Envelope envelope, Instant arrived, long size) {}
