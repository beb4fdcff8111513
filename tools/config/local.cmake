assay_embed(${ASSAY_TARGET} venue_demo_yaml ${CMAKE_CURRENT_LIST_DIR}/demo.yaml)
