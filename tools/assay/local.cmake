# The private PostgreSQL and reconciliation talk to a server themselves; tests do, through them.
target_link_libraries(assay_commands PUBLIC ext_pq)
