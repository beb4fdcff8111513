# The migrations go into the program: nothing to install, nothing to lose.
file(GLOB sql_files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/persist/settle/sql/*.sql)
list(SORT sql_files)
set(sql_out ${PROJECT_BINARY_DIR}/generated/settle_migrations.c)
add_custom_command(OUTPUT ${sql_out}
    COMMAND ${CMAKE_COMMAND} "-DFILES=${sql_files}" -DOUT=${sql_out}
            -P ${PROJECT_SOURCE_DIR}/persist/settle/embed_sql.cmake
    DEPENDS ${sql_files} ${PROJECT_SOURCE_DIR}/persist/settle/embed_sql.cmake
    VERBATIM)
target_sources(${ASSAY_TARGET} PRIVATE ${sql_out})
