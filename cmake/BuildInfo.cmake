# Writes build_info.h, only when its content changes. Run at every build, as a script.
execute_process(
    COMMAND git -C ${SOURCE_DIR} describe --always --dirty --abbrev=12 --exclude=*
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE rc)
if(NOT rc EQUAL 0)
  set(commit "unknown")
endif()
get_filename_component(preset ${PRESET} NAME)
file(CONFIGURE OUTPUT ${OUT} CONTENT [[
/* Made by cmake/BuildInfo.cmake. */
#ifndef BUILD_INFO_H
#define BUILD_INFO_H

#define BUILD_VERSION "@VERSION@"
#define BUILD_COMMIT "@commit@"
#define BUILD_COMPILER "@COMPILER@"
#define BUILD_PRESET "@preset@"

#endif
]] @ONLY)
