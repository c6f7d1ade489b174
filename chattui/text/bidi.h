#ifndef CHATTUI_BIDI_H
#define CHATTUI_BIDI_H

#include <stddef.h>
#include "text/rich.h"

/*
 * Puts the cells of one line into the order in which they stand on the screen (Unicode's
 * bidirectional algorithm), mirroring brackets. A line without right-to-left text stays as it is.
 */
void bidi_reorder(struct cell *cells, size_t n);

#endif
