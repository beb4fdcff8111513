# The recording that ships lies inside the program, so that `assay load --recorded` works anywhere.
assay_embed(${ASSAY_TARGET} flow_shipped_recording
    ${CMAKE_CURRENT_LIST_DIR}/data/independent_reserve_2022-04-03.ws.xz)
