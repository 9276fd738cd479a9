#pragma once
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

// A node of libyaml is a union, which Swift reads through accessors that hide what is valid when: these doors say it.

/// Reads the first document. Returns 1; or 0 with a message of at most `capacity` bytes in `problem`.
static inline int cyaml_load(
    yaml_document_t *document, const unsigned char *bytes, size_t count, char *problem, size_t capacity) {
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) return 0;
    yaml_parser_set_input_string(&parser, bytes, count);
    int done = yaml_parser_load(&parser, document);
    if (!done) {
        snprintf(problem, capacity, "line %zu, column %zu: %s", parser.problem_mark.line + 1,
            parser.problem_mark.column + 1, parser.problem ? parser.problem : "not YAML");
    }
    yaml_parser_delete(&parser);
    return done;
}

/// The number of the top node, counted from 1; 0 for an empty document.
static inline int cyaml_root(yaml_document_t *document) {
    yaml_node_t *root = yaml_document_get_root_node(document);
    return root ? (int)(root - document->nodes.start) + 1 : 0;
}

/// `s`calar, se`q`uence, `m`apping; 0 where there is no such node.
static inline char cyaml_kind(yaml_document_t *document, int node) {
    yaml_node_t *found = yaml_document_get_node(document, node);
    if (!found) return 0;
    switch (found->type) {
    case YAML_SCALAR_NODE: return 's';
    case YAML_SEQUENCE_NODE: return 'q';
    case YAML_MAPPING_NODE: return 'm';
    default: return 0;
    }
}

/// A scalar's text, lent by the document; `plain` says whether it stands without quotation marks.
static inline const unsigned char *cyaml_scalar(yaml_document_t *document, int node, size_t *count, int *plain) {
    yaml_node_t *found = yaml_document_get_node(document, node);
    *count = found->data.scalar.length;
    *plain = found->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return found->data.scalar.value;
}

/// How many items a sequence, or pairs a mapping has.
static inline int cyaml_count(yaml_document_t *document, int node) {
    yaml_node_t *found = yaml_document_get_node(document, node);
    if (found->type == YAML_SEQUENCE_NODE) {
        return (int)(found->data.sequence.items.top - found->data.sequence.items.start);
    }
    return (int)(found->data.mapping.pairs.top - found->data.mapping.pairs.start);
}

static inline int cyaml_item(yaml_document_t *document, int node, int index) {
    return yaml_document_get_node(document, node)->data.sequence.items.start[index];
}

static inline int cyaml_key(yaml_document_t *document, int node, int index) {
    return yaml_document_get_node(document, node)->data.mapping.pairs.start[index].key;
}

static inline int cyaml_value(yaml_document_t *document, int node, int index) {
    return yaml_document_get_node(document, node)->data.mapping.pairs.start[index].value;
}

/// Adds a scalar to a document that is to be written; 0 when there is no memory.
static inline int cyaml_add_scalar(yaml_document_t *document, const char *text, size_t count, int plain) {
    return yaml_document_add_scalar(document, NULL, (const yaml_char_t *)text, (int)count,
        plain ? YAML_PLAIN_SCALAR_STYLE : YAML_SINGLE_QUOTED_SCALAR_STYLE);
}

static inline int cyaml_add_sequence(yaml_document_t *document) {
    return yaml_document_add_sequence(document, NULL, YAML_BLOCK_SEQUENCE_STYLE);
}

static inline int cyaml_add_mapping(yaml_document_t *document) {
    return yaml_document_add_mapping(document, NULL, YAML_BLOCK_MAPPING_STYLE);
}

static inline int cyaml_start(yaml_document_t *document) {
    return yaml_document_initialize(document, NULL, NULL, NULL, 1, 1);
}

/// Writes a document, which libyaml takes away in any case. Returns 1, with the length in `written`; 0 when it does
/// not fit.
static inline int cyaml_dump(yaml_document_t *document, unsigned char *into, size_t capacity, size_t *written) {
    yaml_emitter_t emitter;
    if (!yaml_emitter_initialize(&emitter)) return 0;
    yaml_emitter_set_output_string(&emitter, into, capacity, written);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_emitter_set_width(&emitter, -1);
    int done = yaml_emitter_open(&emitter) && yaml_emitter_dump(&emitter, document) && yaml_emitter_close(&emitter);
    yaml_emitter_delete(&emitter);
    return done;
}
