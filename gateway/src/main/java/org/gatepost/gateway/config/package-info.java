// SPDX-License-Identifier: Apache-2.0

/// The configuration file: its keys, their documentation, and the values read from it.
@NullMarked
package org.gatepost.gateway.config;

import org.jspecify.annotations.NullMarked;
