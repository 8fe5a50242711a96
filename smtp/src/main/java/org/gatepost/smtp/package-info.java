// SPDX-License-Identifier: Apache-2.0
@NullMarked
package org.gatepost.smtp;

import org.jspecify.annotations.NullMarked;
