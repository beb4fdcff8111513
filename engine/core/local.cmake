# Tests may plant an assertion (core_fault_at_seq) wherever the dear checks are compiled in; never in
# a release.
if(ASSAY_CHECK_DEAR)
  target_compile_definitions(${ASSAY_TARGET} PUBLIC ASSAY_FAULTS=1)
endif()
